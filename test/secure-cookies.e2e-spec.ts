import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN, TestServer } from './support/test-server.js';

const SIGN_IN = `mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password, carrier: COOKIE) { expiresAt } }`;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none', PUBLIC_URL: 'https://music.example' });
});

afterAll(async () => {
  await server?.close();
});

describe('the session cookie with an https PUBLIC_URL, behind a proxy that TRUST_PROXY does not name', () => {
  /** Sends a request like a browser on a page of `origin`. Unlike fetch, it lets the test choose the Host header. */
  function browse(query: string, host: string, origin: string, cookie = '') {
    return new Promise<{ data: any; setCookie: string[] }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', host, origin, cookie };
      const asking = request(`${server.url}/graphql`, { method: 'POST', headers }, (response) => {
        const setCookie = response.headers['set-cookie'] ?? [];
        json(response).then((body) => resolve({ ...(body as { data: any }), setCookie }), reject);
      });
      asking.on('error', reject).end(JSON.stringify({ query, variables: ADMIN }));
    });
  }

  it('has the __Host- prefix and Secure, and is accepted, for requests to the host of PUBLIC_URL', async () => {
    const [host, origin] = ['music.example', 'https://music.example'];
    const { setCookie } = await browse(SIGN_IN, host, origin);
    expect(setCookie[0]).toMatch(/^__Host-session=.*; Secure; SameSite=Strict$/);
    expect(setCookie[1]).toMatch(/^__Host-device=.*; Secure; SameSite=Strict$/);
    const cookie = setCookie[0]!.split(';')[0]!;
    const { data } = await browse('{ viewer { email } }', host, origin, cookie);
    expect(data.viewer).toEqual({ email: ADMIN.email });
  });

  it('lacks Secure for requests to another host, so that browsers accept it over http', async () => {
    const { setCookie } = await browse(SIGN_IN, new URL(server.url).host, server.url);
    expect(setCookie[0]).toMatch(/^session=(?!.*Secure)/);
  });
});
