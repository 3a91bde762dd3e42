import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { browserOf } from './support/browser-client.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
import { Subscriber } from './support/subscribers.js';
import { tempDir } from './support/temp-dir.js';

const SIGN_IN = `mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password, carrier: COOKIE) { token expiresAt } }`;
const VIEWER = '{ viewer { email role } }';

let server: TestServer;
let browse: ReturnType<typeof browserOf>;
let second: TestServer;
let admin: ApiClient;
const folder = tempDir('page');

async function signIn(): Promise<string> {
  const { setCookie } = await browse(SIGN_IN, { variables: ADMIN });
  return setCookie[0]!.split(';')[0]!;
}

beforeAll(async () => {
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>The web app</title>');
  await writeFile(join(folder, 'assets/index-abc123.js'), 'console.log("page")');
  await writeFile(join(folder, 'assets/index-abc123.js.gz'), 'zipped');
  await writeFile(join(folder, 'theme.js'), '');
  server = await TestServer.start({
    WEB_DIST_DIR: folder,
    WORKER: 'none',
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '1000',
  });
  second = await TestServer.start({
    WEB_DIST_DIR: '/nowhere',
    WORKER: 'none',
    PUBLIC_URL: 'https://cdn.example',
    TRUST_PROXY: '1',
  });
  admin = await server.admin();
  browse = browserOf(server);
});

afterAll(async () => {
  await Promise.all([server?.close(), second?.close()]);
});

describe('the web app', () => {
  const get = (path: string, headers: Record<string, string> = { accept: 'text/html' }) =>
    fetch(server.url + path, { headers });

  it.each(['/', '/songs', '/albums/65f000000000000000000001', '/studio/songs?state=FAILED'])(
    'is served at %s with a policy that allows no foreign script',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('The web app');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(response.headers.get('content-security-policy')).toContain("script-src 'self';");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('has assets that browsers cache for ever, served precompressed', async () => {
    const response = await get('/assets/index-abc123.js', { 'accept-encoding': 'identity' });
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    const zipped = await fetch(`${server.url}/assets/index-abc123.js`, {
      method: 'HEAD',
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect((await get('/theme.js', {})).headers.get('cache-control')).toBe('no-cache');
  });

  it.each(['/assets/index-gone.js', '/favicon.ico', '/..%2f..%2fpackage.json'])(
    'is not served for the missing file %s, which gets 404',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.text()).not.toContain('The web app');
    },
  );

  it.each(['/health/live', '/metrics', '/media/songs/none/master.m3u8', '/api/streaming/hls/none'])(
    'leaves %s to its own route',
    async (path) => {
      const response = await get(path);
      expect(await response.text()).not.toContain('The web app');
      expect(response.headers.get('content-security-policy')).toBeNull();
    },
  );

  it('is answered with 503 and the build command while it is not built', async () => {
    const response = await fetch(second.url);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build -w web');
  });
});

describe('a session in a cookie', () => {
  it('is set by signing in as HttpOnly and SameSite=Strict, and the answer contains no token', async () => {
    const { data, setCookie } = await browse(SIGN_IN, { variables: ADMIN });
    expect(data.login.token).toBeNull();
    expect(setCookie).toHaveLength(2);
    expect(setCookie[0]).toMatch(
      /^session=[\w-]{20,}; Max-Age=1209600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    expect(setCookie[1]).toMatch(
      /^device=[\w-]{22}\.[\w-]{43}; Max-Age=34560000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
  });

  it('has the __Host- prefix and Secure over https', async () => {
    const https = {
      origin: 'https://music.example',
      headers: { 'x-forwarded-proto': 'https', host: 'music.example' },
      to: second,
    };
    const own = { ...https, origin: second.url, headers: { 'x-forwarded-proto': 'https' } };
    const { setCookie } = await browse(SIGN_IN, { ...own, variables: ADMIN });
    expect(setCookie[0]).toMatch(/^__Host-session=.*; Secure; SameSite=Strict$/);
    const cookie = setCookie[0]!.split(';')[0]!;
    expect((await browse(VIEWER, { ...own, cookie })).data.viewer).toEqual({
      email: ADMIN.email,
      role: 'ADMIN',
    });
    // A cookie without the prefix could have been set over plain http.
    const planted = cookie.replace('__Host-', '');
    expect((await browse(VIEWER, { ...own, cookie: planted })).data.viewer).toBeNull();
    expect(
      (await browse(VIEWER, { ...own, cookie, origin: 'https://cdn.example' })).data.viewer,
    ).not.toBeNull();
  });

  it('identifies the viewer, and is renewed by each request for the viewer', async () => {
    const cookie = await signIn();
    const { data, setCookie } = await browse(VIEWER, { cookie });
    expect(data.viewer).toEqual({ email: ADMIN.email, role: 'ADMIN' });
    expect(setCookie[0]).toContain(cookie);
    expect((await browse(VIEWER)).data.viewer).toBeNull();
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a frame without an origin', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['another site by Sec-Fetch-Site', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['another host of the same site by Sec-Fetch-Site', { headers: { 'sec-fetch-site': 'same-site' } }],
  ])('is ignored when the request comes from %s', async (_name, from) => {
    const cookie = await signIn();
    expect((await browse(VIEWER, { cookie, ...from })).data.viewer).toBeNull();
    expect((await browse('mutation { logoutEverywhere }', { cookie, ...from })).code).toBe('UNAUTHENTICATED');
    expect((await browse(SIGN_IN, { variables: ADMIN, ...from })).code).toBe('FORBIDDEN');
  });

  it('is ignored when the request also has an Authorization header', async () => {
    const cookie = await signIn();
    const listener = await browse(
      'mutation { register(email: "both@example.com", password: "a long walk home") { token } }',
    );
    const headers = { authorization: `Bearer ${listener.data.register.token}` };
    expect((await browse(VIEWER, { cookie, headers })).data.viewer.email).toBe('both@example.com');
  });

  it('ends with signing out, and the cookie is cleared', async () => {
    const cookie = await signIn();
    const { setCookie } = await browse('mutation { logout }', { cookie });
    expect(setCookie[0]).toMatch(/^session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await browse(VIEWER, { cookie })).data.viewer).toBeNull();
    // Signing in again works although the browser still sends the ended session.
    expect((await browse(SIGN_IN, { cookie, variables: ADMIN })).code).toBeUndefined();
  });

  it('allows uploads from its own origin only', async () => {
    const cookie = await signIn();
    const upload = async (origin: string) => {
      const form = new FormData();
      const query = 'mutation ($file: Upload!) { uploadSong(file: $file) { id } }';
      form.append('operations', JSON.stringify({ query, variables: { file: null } }));
      form.append('map', JSON.stringify({ 0: ['variables.file'] }));
      form.append('0', new Blob([Buffer.from('no song at all')]), 'song.mp3');
      const headers = { cookie, origin, 'apollo-require-preflight': 'true' };
      const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: form });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      return errors[0]!.extensions.code;
    };
    expect(await upload(server.url)).toBe('NOT_AUDIO');
    expect(await upload('https://evil.example')).toBe('UNAUTHENTICATED');
  });

  it('authenticates subscriptions from its own origin only', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'draft.mp3', 2));
    const { createAlbum } = await admin.ask<{ createAlbum: { id: string } }>(
      'mutation { createAlbum(input: { title: "Draft" }) { id } }',
    );
    await admin.ask(
      'mutation ($id: ID!, $song: ID!) { moveSongToAlbum(albumId: $id, songId: $song) { id } }',
      {
        id: createAlbum.id,
        song: id,
      },
    );
    const cookie = await signIn();
    const subscribe = async (origin: string) => {
      class Browser extends WebSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols, { headers: { cookie, origin } });
        }
      }
      const client = createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: Browser,
        retryAttempts: 0,
      });
      const subscriber = new Subscriber(
        client,
        'subscription ($id: ID!) { songProcessing(songId: $id) { album { title } } }',
        { id },
      );
      const first = await subscriber.until(() => true);
      return { album: first.songProcessing.album, close: () => client.dispose() };
    };
    const own = await subscribe(server.url);
    const foreign = await subscribe('https://evil.example');
    expect(own.album).toEqual({ title: 'Draft' });
    expect(foreign.album).toBeNull();
    await Promise.all([own.close(), foreign.close()]);
  });

  it('never allows a foreign origin to read an answer with credentials (CORS)', async () => {
    const { credentials } = await browse(VIEWER, { cookie: await signIn(), origin: 'https://evil.example' });
    expect(credentials).toBeNull();
  });
});
