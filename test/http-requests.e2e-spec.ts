import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { TestServer } from './support/test-server.js';
import { sendRaw } from './support/raw-socket.js';

let server: TestServer;
let client: ApiClient;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  client = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

/** A request in one piece that asks for the connection to be closed; HEAD is the method and the path. */
function request(
  head: string,
  body: string | Buffer = '',
  headers: string[] = [],
  host = ['Host: a.example'],
) {
  const lines = [`${head} HTTP/1.1`, ...host, 'Connection: close', ...headers];
  if (body.length > 0) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

const JSON_TYPE = 'Content-Type: application/json';
const graphql = (body: string | Buffer, ...headers: string[]) =>
  request('POST /graphql', body, [JSON_TYPE, ...headers]);
const HALF = String.raw`\ud800`;
const SEARCH = 'query($s:String){songs(search:$s){totalCount}}';

describe('a raw HTTP request', () => {
  const cases: [string, () => Buffer, number, string][] = [
    [
      'half a surrogate pair in a variable',
      () => graphql(`{"query":"${SEARCH}","variables":{"s":"a${HALF}"}}`),
      400,
      'BAD_INPUT',
    ],
    [
      'half a surrogate pair in the name of a variable',
      () => graphql(`{"query":"${SEARCH}","variables":{"s${HALF}":"a"}}`),
      400,
      'BAD_INPUT',
    ],
    [
      'half a surrogate pair in the name of the operation',
      () => graphql(`{"query":"query A{songs{totalCount}}","operationName":"${HALF}"}`),
      400,
      'BAD_INPUT',
    ],
    [
      'half a surrogate pair in the document',
      () => graphql(`{"query":"{songs(search:\\"${HALF}\\"){totalCount}}"}`),
      400,
      'BAD_INPUT',
    ],
    [
      'an escaped half of a surrogate pair in the document',
      () => graphql(String.raw`{"query":"{songs(search:\"\\ud800\"){totalCount}}"}`),
      400,
      'GRAPHQL_PARSE_FAILED',
    ],
    [
      'half a surrogate pair in the variables of a GET',
      () =>
        request(
          `GET /graphql?query=${encodeURIComponent(SEARCH)}&variables=${encodeURIComponent(`{"s":"${HALF}"}`)}`,
          '',
          ['Apollo-Require-Preflight: 1'],
        ),
      400,
      'BAD_INPUT',
    ],
    [
      'half a surrogate pair in a REST body',
      () => request('POST /api/streaming/process', `{"songId":"${HALF}"}`, [JSON_TYPE]),
      400,
      'BAD_INPUT',
    ],
    [
      'bytes that are not UTF-8',
      () => graphql(Buffer.from('{"query":"{songs(search:\\"\xff\xfe\\"){totalCount}}"}', 'latin1')),
      400,
      'BAD_REQUEST',
    ],
    [
      'a subscription by POST',
      () => graphql('{"query":"subscription{libraryChanged{__typename}}"}'),
      400,
      'BAD_REQUEST',
    ],
    [
      'a persisted query of no known version',
      () => graphql('{"extensions":{"persistedQuery":5}}'),
      400,
      'BAD_REQUEST',
    ],
    [
      'two Host headers',
      () => request('GET /', '', [], ['Host: a.example', 'Host: b.example']),
      400,
      'BAD_INPUT',
    ],
    [
      'two Host headers at /graphql',
      () =>
        request(
          'POST /graphql',
          '{"query":"{__typename}"}',
          [JSON_TYPE],
          ['Host: a.example', 'host: a.example'],
        ),
      400,
      'BAD_INPUT',
    ],
    ['no Host header', () => request('GET /health/live', '', [], []), 400, 'BAD_INPUT'],
    ['a Host header that names none', () => request('GET /', '', [], ['Host: a b<>']), 400, 'BAD_INPUT'],
    ['a percent sign before something else', () => request('GET /api/streaming/hls/%zz'), 400, 'BAD_INPUT'],
    [
      'an address that is no UTF-8',
      () => request('GET /songs/%ff', '', ['Accept: text/html']),
      400,
      'BAD_INPUT',
    ],
    ['a NUL in its address', () => request('GET /%00', '', ['Accept: text/html']), 400, 'BAD_INPUT'],
    [
      'a length that is no number',
      () => request('POST /graphql', '', [JSON_TYPE, 'Content-Length: abc']),
      400,
      'BAD_REQUEST',
    ],
    ['an unknown encoding', () => graphql('{}', 'Content-Encoding: zstd9'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a body that is not the gzip it says',
      () => graphql('{"query":"{__typename}"}', 'Content-Encoding: gzip'),
      400,
      'BAD_REQUEST',
    ],
    [
      'another type than JSON',
      () => request('POST /graphql', '<x/>', ['Content-Type: text/xml']),
      400,
      'BAD_REQUEST',
    ],
    [
      'JSON of 40,000 levels',
      () => graphql(`{"query":"{__typename}","variables":${'['.repeat(40_000)}${']'.repeat(40_000)}}`),
      400,
      'BAD_REQUEST',
    ],
    [
      'headers of 20 kB',
      () => request('GET /health/live', '', [`X-A: ${'a'.repeat(20_000)}`]),
      431,
      'TOO_LARGE',
    ],
    ['an unknown method', () => request('FOO /graphql'), 400, 'BAD_REQUEST'],
    ['an unknown expectation', () => graphql('{}', 'Expect: miracles'), 417, 'EXPECTATION_FAILED'],
    ['an order to write media', () => request('POST /media/songs/a/b', '{}', [JSON_TYPE]), 405, 'BAD_INPUT'],
  ];

  it.each(cases)('with %s is refused with a code', async (_what, bytes, status, code) => {
    const answer = await sendRaw(server, bytes());
    expect(answer.status).toBe(status);
    const body = JSON.parse(
      answer.body.slice(answer.body.indexOf('{'), answer.body.lastIndexOf('}') + 1),
    ) as {
      code?: string;
      errors?: { extensions: { code: string } }[];
    };
    expect(body.code ?? body.errors?.[0]?.extensions.code).toBe(code);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  const part = (name: string, value: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const NOT_UTF8 = Buffer.from([0xc3, 0x28]);

  /** An upload with given texts in its operations and its map; BYTES is replaced by bytes that are not UTF-8. */
  function upload(operations: string, map: string): Buffer {
    const query = 'mutation ($file: Upload!) { uploadSong(file: $file) { id } }';
    const said = JSON.stringify({ query, variables: { file: null, more: 'TEXT' } });
    const body = [
      part(
        'operations',
        said.replace('TEXT', () => operations),
      ),
      part('map', `{"0":["variables.file"${map}]}`),
      part('0"; filename="a.mp3', 'sound'),
      '--x--\r\n',
    ].join('');
    const [head, ...rest] = body.split('BYTES').map((text) => Buffer.from(text));
    const bytes = Buffer.concat([head!, ...rest.flatMap((text) => [NOT_UTF8, text])]);
    return request('POST /graphql', bytes, [
      'Content-Type: multipart/form-data; boundary=x',
      'Apollo-Require-Preflight: 1',
      `Authorization: Bearer ${client.currentToken}`,
    ]);
  }

  it.each([
    ['half a surrogate pair in the operations', HALF, ''],
    ['bytes that are not UTF-8 in the operations', 'BYTES', ''],
    ['bytes that are not UTF-8 in the map', '', ',"variables.BYTES"'],
  ])('with %s of an upload is refused with a code', async (_what, operations, map) => {
    const { status, body: text } = await sendRaw(server, upload(operations, map));
    expect(status).toBe(400);
    expect(text).toContain('"BAD_INPUT"');
  });

  it('with an intended replacement character in the operations of an upload is accepted', async () => {
    const { body: text } = await sendRaw(server, upload('\ufffd', ''));
    expect(text).toContain('"NOT_AUDIO"');
  });
});
