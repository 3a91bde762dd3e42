import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { TestServer } from './support/test-server.js';
import { LoadBalancer } from './support/load-balancer.js';
import { createUpload } from './support/pending-uploads.js';
import { multipart } from './support/raw-upload.js';
import { sendRaw } from './support/raw-socket.js';

const MEBIBYTE = 1024 ** 2;
/** A body larger than all buffers between client and server. */
const BODY = multipart(Buffer.alloc(12 * MEBIBYTE));

let server: TestServer;
let client: ApiClient;
let proxy: LoadBalancer;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none', MAX_UPLOAD_BYTES: String(10 * MEBIBYTE) });
  client = await server.admin();
  // nginx' defaults: HTTP/1.0 and a new connection per request.
  proxy = await LoadBalancer.open([server.url], []);
});

afterAll(async () => {
  await proxy?.close();
  await server?.close();
});

interface Case {
  what: string;
  method?: string;
  path: () => string | Promise<string>;
  headers: () => Record<string, string>;
  body?: Buffer;
  status: number;
  code: string;
}

const CSRF = { 'apollo-require-preflight': 'true' };
const FORM = { 'content-type': 'multipart/form-data; boundary=x' };
const mine = () => ({ authorization: `Bearer ${client.currentToken}` });

const CASES: Case[] = [
  {
    what: 'an anonymous upload',
    path: () => '/graphql',
    headers: () => ({ ...FORM, ...CSRF }),
    status: 401,
    code: 'UNAUTHENTICATED',
  },
  {
    what: 'an upload with a session that has ended',
    path: () => '/graphql',
    headers: () => ({ ...FORM, ...CSRF, authorization: 'Bearer ended' }),
    status: 401,
    code: 'UNAUTHENTICATED',
  },
  {
    what: 'an upload without the header against CSRF',
    path: () => '/graphql',
    headers: () => ({ ...FORM, ...mine() }),
    status: 400,
    code: 'BAD_INPUT',
  },
  {
    what: 'an upload that is too large',
    path: () => '/graphql',
    headers: () => ({ ...FORM, ...CSRF, ...mine() }),
    status: 413,
    code: 'TOO_LARGE',
  },
  {
    what: 'a multipart body without operations',
    path: () => '/graphql',
    headers: () => ({ 'content-type': 'multipart/form-data; boundary=y', ...CSRF, ...mine() }),
    body: Buffer.concat([
      Buffer.from('--y\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--y\r\n'),
      Buffer.alloc(10 * MEBIBYTE, 'a'),
    ]),
    status: 400,
    code: 'BAD_INPUT',
  },
  {
    what: 'JSON that is too large',
    path: () => '/graphql',
    headers: () => ({ 'content-type': 'application/json' }),
    body: Buffer.from(JSON.stringify({ query: '#'.repeat(12 * MEBIBYTE) })),
    status: 413,
    code: 'TOO_LARGE',
  },
  {
    what: 'a body for an address that is none',
    path: () => '/api/nothing',
    headers: () => ({ 'content-type': 'application/octet-stream' }),
    status: 404,
    code: 'NOT_FOUND',
  },
  {
    what: 'a part of an anonymous resumable upload',
    method: 'PATCH',
    path: async () => new URL((await createUpload(client, 'package.json', { protocol: 'TUS' })).url).pathname,
    headers: () => ({
      'content-type': 'application/offset+octet-stream',
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
    }),
    status: 401,
    code: 'UNAUTHENTICATED',
  },
];

/** Sends the whole body before it reads a byte, as Python's urllib does. */
async function byPython(url: string, { method = 'POST', headers, body = BODY }: Case): Promise<string> {
  const program = `
import json, sys, urllib.request, urllib.error
sent = json.loads(sys.argv[1])
body = sys.stdin.buffer.read()
asked = urllib.request.Request(sent["url"], data=body, headers=sent["headers"], method=sent["method"])
try:
    with urllib.request.urlopen(asked, timeout=20) as answer: print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error: print(error.code, error.read().decode())
except Exception as error: print("no response:", error)
`;
  const child = spawn('python3', ['-c', program, JSON.stringify({ url, headers: headers(), method })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined).end(body);
  return text(child.stdout);
}

const shape = ({ status, code }: Case) => new RegExp(`^${status} .*"${code}"`);

describe.each(CASES)('the refusal of $what', (refused) => {
  it('reaches a client that asks for the connection to be closed', async () => {
    expect(await byPython(server.url + (await refused.path()), refused)).toMatch(shape(refused));
  });

  it('reaches a client through nginx with default settings', async () => {
    expect(await byPython(proxy.url + (await refused.path()), refused)).toMatch(shape(refused));
  });

  it('reaches an HTTP/1.0 client', async () => {
    const { method = 'POST', body = BODY } = refused;
    const headers = Object.entries(refused.headers()).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${await refused.path()} HTTP/1.0\r\nHost: a.example\r\n${headers.join('')}Content-Length: ${body.length}\r\n\r\n`;
    const { status, body: said } = await sendRaw(server, head, body);
    expect(`${status} ${said}`).toMatch(shape(refused));
  });
});

it('the connection of a refused client that sends no more is closed within seconds', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  const closed = new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
  socket.write(
    'POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\nx',
  );
  const began = Date.now();
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
  // The server's side is closed; the client's side stays open and sends nothing.
  socket.resume();
  await once(socket, 'end');
  socket.write('y');
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  // The first write causes a reset, which the second write sees.
  socket.write('z');
  setTimeout(() => socket.write('z'), 500);
  await closed;
  expect(Date.now() - began).toBeLessThan(15_000);
});
