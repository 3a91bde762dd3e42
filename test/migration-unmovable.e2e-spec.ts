import { join } from 'node:path';
import mongoose from 'mongoose';
import { Config } from '../src/platform/config/config.js';
import { CloudinaryStorage } from '../src/platform/storage/cloudinary/cloudinary-storage.js';
import { LocalStorage } from '../src/platform/storage/local/local-storage.js';
import { CloudinaryTestServer } from './support/cloudinary-server.js';
import { runCommand } from './support/command.js';
import { CuttingProxy } from './support/cutting-proxy.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { RedisServer } from './support/redis-server.js';
import { SeededLibrary, type SeededSong } from './support/seeded-library.js';
import { tempDir } from './support/temp-dir.js';

/** More faults than one run makes requests. */
const ALWAYS = 10_000;
/** The plan's limit in bytes; the originals of `tooLarge` have more. */
const PLAN = 1_000;

const root = tempDir('migration-unmovable');
let database: EmbeddedDatabase;
let redis: RedisServer;
let server: CloudinaryTestServer;
let connection: FaultyConnection;
let db: mongoose.mongo.Db;
/** Songs in ascending order of ids, which is the migration's order: the unmovable ones come first. */
const missing: SeededSong[] = [];
const damaged: SeededSong[] = [];
const tooLarge: SeededSong[] = [];
const right: SeededSong[] = [];

beforeAll(async () => {
  redis = await RedisServer.create();
  [database, server] = await Promise.all([
    EmbeddedDatabase.start(),
    CloudinaryTestServer.start(),
    redis.start(),
  ]);
  server.maxBytes = PLAN;
  connection = await FaultyConnection.to(server.url);
  db = (await database.client()).db('test');
  const store = new LocalStorage(join(root, 'media'));
  const library = new SeededLibrary(db, store);
  for (let n = 0; n < 2; n++) {
    missing.push(await library.add(`Missing ${n}`));
    damaged.push(await library.add(`Damaged ${n}`));
    tooLarge.push(await library.add(`Too large ${n}`, { originalBytes: PLAN + 1 }));
  }
  for (let n = 0; n < 6; n++) right.push(await library.add(`Right ${n}`));
  for (const { original } of missing) await store.remove(original);
  for (const { original } of damaged) await library.damage(original);
});
afterAll(async () => {
  await database?.close();
  await redis?.remove();
  await connection?.close();
  await server?.close();
});

const migrate = (...more: string[]) => migrateBy(database.uri, ...more);

const migrateBy = (uri: string, ...more: string[]) =>
  runCommand('migrate/migrate', ['--from', 'local', '--to', 'cloudinary', ...more], {
    DATA_DIR: root,
    MONGODB_URI: uri,
    REDIS_URL: redis.url,
    ...server.env(connection.url),
    STORAGE: 'cloudinary',
    STORAGE_FALLBACK: 'local',
    MEDIA_GRACE_SECONDS: '1',
  });

it('migration gives up with a message when the store fails repeatedly', async () => {
  connection.inject(Array<number>(ALWAYS).fill(403), /^GET .*\/raw\/upload\/.*songs\//);
  const { code, output } = await migrate();
  expect(output).toContain(`stays: song ${right[4]!.id}`);
  expect(output).not.toContain(right[5]!.id);
  expect(output).toMatch(/Stopped before the end, because it failed again and again/);
  expect(output).toMatch(/12 are still in local/);
  expect(code).toBe(1);
}, 120_000);

it('migration moves all movable songs and names the unmovable ones, even if many of those come first', async () => {
  connection.inject([]);
  const { code, output } = await migrate();
  expect(output).toMatch(/moved +6\n/);
  for (const { id } of missing)
    expect(output).toMatch(new RegExp(`stays: song ${id} .+\\n +some of its files are missing in local`));
  for (const { id } of damaged)
    expect(output).toMatch(new RegExp(`stays: song ${id} .+\\n +.+ a damaged file stays where it is`));
  for (const { id } of tooLarge)
    expect(output).toMatch(new RegExp(`stays: song ${id} .+\\n +Cloudinary takes no file`));
  expect(output).not.toMatch(/Stopped/);
  expect(output).toMatch(/6 are still in local/);
  expect(code).toBe(1);
}, 120_000);

describe('--remove-moved', () => {
  it('stops with one sentence when a store refuses the listing, and reports no file as doubtful', async () => {
    connection.inject(Array<number>(ALWAYS).fill(403), /\/resources\//);
    const { code, output } = await migrate('--remove-moved');
    expect(output).toMatch(
      /removed from local: 0 [^\n]+\n +stopped before the end: Cloudinary does not let this account do that.+Run the same command again to go on\.\n/,
    );
    expect(output).not.toMatch(/not whole/);
    expect(code).toBe(1);
  }, 120_000);

  it('removes all other files when the new store lacks some, over many pages', async () => {
    connection.inject([]);
    // Records of deleted songs with one timestamp, enough for several pages.
    const movedAt = new Date(Date.now() - 60_000);
    const lines = Array.from({ length: 450 }, () => {
      const ownerId = String(new mongoose.mongo.ObjectId());
      const at = `songs/${ownerId}/original-0000000000000000.mp3`;
      return { _id: `local:${at}` as never, from: 'local', at, kind: 'song', ownerId, movedAt };
    });
    await db.collection('moved_media').insertMany(lines);
    // Delete it as an operator does in the store's console.
    const cloud = new CloudinaryStorage(Config.load({ STORAGE: 'cloudinary', ...server.env() }));
    await cloud.remove(right[0]!.segments[0]!);
    cloud.onModuleDestroy();
    const { code, output } = await migrate('--remove-moved');
    expect(output).toMatch(/removed from local: 461 /);
    expect(output).toMatch(/kept, because the copy is not whole: songs\/\w+\/g0000000abcdef\/\n/);
    expect(output.match(/not whole/g)).toHaveLength(1);
    expect(code).toBe(1);
    expect(await db.collection('moved_media').countDocuments()).toBe(1);
  }, 120_000);
});

it('migration counts a song as moved when the database wrote it but the answer was lost', async () => {
  const song = await new SeededLibrary(db, new LocalStorage(join(root, 'media'))).add('Unheard');
  const proxy = await CuttingProxy.database(database.uri);
  const cut = proxy.cut({
    at: ({ name, target, text }) => name === 'update' && target === 'songs' && text.includes('cloudinary'),
    moment: 'after',
  });
  const { output } = await migrateBy(proxy.url);
  await cut;
  proxy.close();
  expect(output).toMatch(/moved +1\n/);
  expect(output).toMatch(/6 are still in local/);
  const _id = new mongoose.mongo.ObjectId(song.id);
  expect(await db.collection('songs').findOne({ _id })).toMatchObject({ original: { store: 'cloudinary' } });
}, 120_000);
