import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildClientSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { ApiClient } from '../src/cli/api-client.js';
import { TestServer } from './support/test-server.js';

let server: TestServer;
let schema: GraphQLSchema;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  schema = buildClientSchema(
    await new ApiClient(server.url).ask<IntrospectionQuery>(getIntrospectionQuery()),
  );
});

afterAll(async () => {
  await server?.close();
});

function post(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('the GraphQL contract', () => {
  it('equals schema.gql (`npm run schema` writes it)', async () => {
    const written = await readFile('schema.gql', 'utf8');
    expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(written);
  });

  it('describes every type, field, argument and enum value', () => {
    const silent: string[] = [];
    const note = (name: string, description: string | null | undefined) =>
      description?.trim() || silent.push(name);
    for (const type of Object.values(schema.getTypeMap())) {
      if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
      const isRoot = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(
        type as never,
      );
      if (!isRoot) note(type.name, type.description);
      if (isEnumType(type))
        for (const value of type.getValues()) note(`${type.name}.${value.name}`, value.description);
      if (!isObjectType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        note(`${type.name}.${field.name}`, field.description);
        if ('args' in field)
          for (const arg of field.args) note(`${type.name}.${field.name}(${arg.name})`, arg.description);
      }
    }
    expect(silent).toEqual([]);
  });

  it('hides internals in unexpected errors, and names errors that the client can correct', async () => {
    const answers = await Promise.all(
      [
        '{ song(id: "\\u0000../../etc/passwd") { id } }',
        'mutation { login(email: "nobody@example.com", password: "wrong") { token } }',
        'mutation { processSong(songId: "507f1f77bcf86cd799439011") { id } }',
        '{ nonsense }',
        `{ ${'a: songs { totalCount } '.repeat(2000)} }`,
      ].map(
        async (query) =>
          ((await (await post({ query })).json()) as { errors: { extensions: { code: string } }[] })
            .errors[0]!,
      ),
    );
    expect(answers.map(({ extensions }) => extensions.code)).toEqual([
      'NOT_FOUND',
      'WRONG_CREDENTIALS',
      'UNAUTHENTICATED',
      'GRAPHQL_VALIDATION_FAILED',
      'GRAPHQL_PARSE_FAILED',
    ]);
    expect(JSON.stringify(answers)).not.toMatch(
      /node_modules|stacktrace|at .*\.js:\d+|mongodb:\/\/|redis:\/\//,
    );
  });

  it('refuses simple form posts of a foreign page', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(response.status).toBe(400);
  });

  it('refuses an unknown token instead of treating the request as anonymous', async () => {
    const response = await post({ query: '{ songs { totalCount } }' }, { authorization: 'Bearer made-up' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('answers frontends of other origins', async () => {
    const preflight = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://player.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,apollo-require-preflight',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('apollo-require-preflight');
  });
});

describe('the REST endpoints', () => {
  it.each([
    ['GET', '/api/streaming/hls/507f1f77bcf86cd799439011', 404, 'NOT_FOUND'],
    ['GET', '/api/streaming/hls/..%2f..%2fetc', 404, 'NOT_FOUND'],
    ['POST', '/api/streaming/process', 401, 'UNAUTHENTICATED'],
  ])('%s %s answers %i %s', async (method, path, status, code) => {
    const response = await fetch(`${server.url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it('count the library and the queue in stats', async () => {
    const stats = await (await fetch(`${server.url}/api/streaming/stats`)).json();
    expect(stats).toEqual({
      songs: { total: 0, queued: 0, transcoding: 0, ready: 0, failed: 0 },
      durationSeconds: 0,
      bytes: { originals: 0, generations: 0, covers: 0 },
      averageBytes: { song: 0, original: 0, renditions: { '64k': 0, '128k': 0, '256k': 0, '320k': 0 } },
      stores: {},
      limits: [
        expect.objectContaining({ resource: 'MEDIA', used: 0, songsLeft: null, warning: false }),
        expect.objectContaining({ resource: 'DATABASE', songsLeft: null, warning: false }),
      ],
      redis: null,
      queue: { waiting: 0, active: 0, delayed: 0, failed: 0 },
    });
  });

  it('report health too', async () => {
    const response = await fetch(`${server.url}/api/streaming/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok' });
  });
});

describe('the operations endpoints', () => {
  it('report every backing service in /health, and liveness separately', async () => {
    const health = (await (await fetch(`${server.url}/health`)).json()) as { info: object };
    expect(Object.keys(health.info).sort()).toEqual([
      'database',
      'disk',
      'ffmpeg',
      'media',
      'redis',
      'storage',
    ]);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  it('count operations and their outcomes in /metrics, without names that a client invented', async () => {
    const client = new ApiClient(server.url);
    await client.ask('query EvilName { songs { totalCount } }');
    await client.ask('{ hlsSources(songId: "507f1f77bcf86cd799439011") { songId } }').catch(() => undefined);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/graphql_request_duration_seconds_count\{.*field="songs".*outcome="ok".*\} \d/);
    expect(text).toMatch(
      /graphql_request_duration_seconds_count\{.*field="hlsSources".*outcome="refused".*\} \d/,
    );
    for (const name of [
      'uploads_accepted_total',
      'uploads_refused_total',
      'transcode_duration_seconds',
      'transcoded_audio_seconds_total',
      'cache_lookups_total',
      'media_sent_bytes_total',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toContain(`# HELP ${name}`);
    }
    expect(text).toMatch(/queue_jobs\{state="waiting"\} 0|jobs?\{.*state="waiting".*\} 0/);
    expect(text).not.toContain('EvilName');
  });
});
