import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { RefusingDatabase, type Refusal } from './support/refusing-database.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const PASSWORD = 'mongo-secret-Lk2Lk2';
const WRITES = /^(insert|update|delete|findAndModify|bulkWrite)$/;

const folder = tempDir('database-refusals');
let database: EmbeddedDatabase;
let proxy: RefusingDatabase;

beforeAll(async () => {
  database = await EmbeddedDatabase.start();
  proxy = await RefusingDatabase.before(database.uri);
});

afterAll(async () => {
  proxy?.close();
  await database?.close();
});

const reportsAdvice = (server: TestServer, advice: RegExp): Promise<unknown> =>
  eventually(async () => {
    const response = await fetch(`${server.url}/health`);
    const { details } = (await response.json()) as { details: { database: { message?: string } } };
    return response.status === 503 && advice.test(details.database.message ?? '')
      ? true
      : Promise.reject(new Error(JSON.stringify(details.database)));
  });

const isHealthy = (server: TestServer): Promise<unknown> =>
  eventually(async () => (await fetch(`${server.url}/health`)).status === 200);

describe('a running server whose database refuses', () => {
  let server: TestServer;
  let admin: ApiClient;
  let known: string;

  beforeAll(async () => {
    server = await TestServer.start({ MONGODB_URI: proxy.url, SWEEP_SECONDS: '1' });
    admin = await eventually(() => server.admin());
    known = (await uploadSong(admin, await makeSong(folder, 'known.mp3', 3))).id;
    await ready(admin, known, 60);
    await sourcesOf(admin, known);
  }, 120_000);

  afterAll(() => server?.close());

  it.each<{ what: string; refusal: Refusal; advice: RegExp }>([
    {
      what: 'writes, because its user may only read,',
      refusal: { code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on music to execute command' },
      advice: /^The database forbids its user to write: .+\.$/,
    },
    {
      what: 'writes, because it is not the primary any more,',
      refusal: { code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary' },
      advice: /^The database is not the primary and takes no writes: .+\.$/,
    },
  ])(
    '$what plays songs, answers UNAVAILABLE, says why at /health, and heals without a restart',
    async ({ refusal, advice }) => {
      proxy.refuse(({ name }) => WRITES.test(name), refusal);
      try {
        await reportsAdvice(server, advice);
        const { masterPlaylist } = await sourcesOf(admin, known);
        expect((await fetch(masterPlaylist!)).status).toBe(200);
        await expect(
          admin.ask('mutation { createPlaylist(input: { title: "refused" }) { id } }'),
        ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      } finally {
        proxy.permit();
      }
      await isHealthy(server);
      expect(server.child.exitCode).toBeNull();
    },
    60_000,
  );
});

describe('a server whose database refuses its password', () => {
  it('starts, reports it at /health, and never logs the password', async () => {
    proxy.refuse(({ name }) => name.startsWith('sasl'), {
      code: 18,
      codeName: 'AuthenticationFailed',
      errmsg: 'Authentication failed.',
    });
    const uri = proxy.url.replace('//', `//app:${PASSWORD}@`);
    const server = await TestServer.start({ MONGODB_URI: uri, LOG_LEVEL: 'trace' });
    try {
      await reportsAdvice(server, /^The database refuses the user or the password of MONGODB_URI: .+\.$/);
      expect(server.lines.filter((line) => line.includes(PASSWORD))).toEqual([]);
    } finally {
      await server.close();
      proxy.permit();
    }
  }, 60_000);
});
