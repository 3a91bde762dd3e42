import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestServer } from './support/test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
});

afterAll(async () => {
  await server?.close();
});

describe('X-Content-Type-Options: nosniff', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/nothing.js'],
    ['GET', '/graphql'],
    ['POST', '/graphql'],
    ['OPTIONS', '/graphql'],
    ['GET', '/api/nothing'],
    ['GET', '/health'],
    ['GET', '/health/live'],
    ['GET', '/metrics'],
    ['GET', '/media/songs/nothing'],
    ['OPTIONS', '/media/songs/nothing'],
    ['HEAD', '/uploads/0123456789abcdef0123456789abcdef'],
    ['OPTIONS', '/uploads/0123456789abcdef0123456789abcdef'],
    ['GET', '/socket.io/?EIO=4&transport=polling'],
    ['GET', '/socket.io/?EIO=9&transport=pigeon'],
  ])('is sent in the response to %s %s', async (method, path) => {
    const { headers } = await fetch(server.url + path, { method });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

it('no response at /graphql lets a browser run scripts of another host on this origin', async () => {
  const answer = await (await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })).text();
  expect(answer).not.toMatch(
    /<script(?! type="module" crossorigin src="\/graphiql\/assets\/[\w.-]+"><\/script>)/,
  );
  expect(answer).not.toMatch(/https?:\/\/(?!127\.0\.0\.1|localhost)|(?:src|href)="(?!\/[^/])/);
});

describe('a frontend on another origin', () => {
  const preflight = (path: string, headers: string, method = 'POST') =>
    fetch(server.url + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://player.example',
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    });
  const TRACED = [
    'apollographql-client-name',
    'apollographql-client-version',
    'sentry-trace',
    'baggage',
    'traceparent',
    'tracestate',
    'x-request-id',
    'authorization',
    'content-type',
    'x-of-tomorrow',
  ];

  it.each(['/graphql', '/api/streaming/process', '/health'])(
    'may send the headers of its tools to %s',
    async (path) => {
      const { headers } = await preflight(path, TRACED.join(','));
      expect(headers.get('access-control-allow-headers')?.split(',')).toEqual(TRACED);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    },
  );

  it('may send them with the parts of a resumable upload', async () => {
    const path = '/uploads/0123456789abcdef0123456789abcdef';
    const asked = [
      'authorization',
      'tus-resumable',
      'upload-offset',
      'content-type',
      'traceparent',
      'baggage',
    ];
    const { headers } = await preflight(path, asked.join(','), 'PATCH');
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(/, */) ?? [];
    expect(allowed).toEqual(expect.arrayContaining(asked));
  });
});
