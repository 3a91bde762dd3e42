import { join } from 'node:path';
import { checkBackup } from '../src/maintenance/backup/backup-check.js';
import { BackupFolder } from '../src/maintenance/backup/backup-folder.js';
import { Backup, type BackupReport } from '../src/maintenance/backup/backup.js';
import { Restore } from '../src/maintenance/backup/restore.js';
import { Config } from '../src/platform/config/config.js';
import { CloudinaryStorage } from '../src/platform/storage/cloudinary/cloudinary-storage.js';
import { LocalStorage } from '../src/platform/storage/local/local-storage.js';
import type { MediaStorage } from '../src/platform/storage/media-storage.js';
import { DEFAULT_RETRY_POLICY } from '../src/platform/storage/remote/retry-policy.js';
import { CloudinaryTestServer, USED_UP } from './support/cloudinary-server.js';
import { runCommand } from './support/command.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { SeededLibrary, type SeededSong } from './support/seeded-library.js';
import { tempDir } from './support/temp-dir.js';

const SILENT = { total: () => undefined, begins: () => undefined, done: () => undefined };
const NEVER = new AbortController().signal;

let database: EmbeddedDatabase;
const root = tempDir('backup-losses');
const to = (name: string) => join(root, name);

beforeAll(async () => {
  database = await EmbeddedDatabase.start();
});
afterAll(async () => {
  await database?.close();
});

const databaseNamed = async (name: string) => (await database.client()).db(name);

async function backUp(library: SeededLibrary, store: MediaStorage, folder: string): Promise<BackupReport> {
  const place = await BackupFolder.at(folder, to('nowhere'));
  await place.make();
  return new Backup(library.database, store, place, NEVER).run(SILENT);
}

const keysIn = async (store: MediaStorage): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys.toSorted();
};

describe('songs with files that the store has lost', () => {
  const folder = () => to('lossy');
  let store: LocalStorage;
  let library: SeededLibrary;
  let whole: SeededSong, damaged: SeededSong, gapped: SeededSong, last: SeededSong;
  let lost: string[];

  beforeAll(async () => {
    store = new LocalStorage(to('data/media'));
    library = new SeededLibrary(await databaseNamed('lossy'), store);
    whole = await library.add('Whole');
    damaged = await library.add('Damaged');
    gapped = await library.add('Gapped');
    last = await library.add('Last');
    await library.damage(damaged.original);
    lost = [damaged.original, gapped.segments[0]!, last.original];
    await store.remove(gapped.segments[0]!);
    await store.remove(last.original);
  });

  it('are reported with those files, and everything else is in the backup', async () => {
    const env = {
      DATA_DIR: to('data'),
      MONGODB_URI: database.uri.replace('/test', '/lossy'),
      REDIS_URL: 'redis://127.0.0.1:1',
    };
    const { code, output } = await runCommand('backup', ['--to', folder()], env);
    expect(output).toContain(`not whole: song ${damaged.id} "Damaged"\n    ${damaged.original} is damaged`);
    expect(output).toContain(`not whole: song ${gapped.id} "Gapped"\n    ${gapped.package} is not whole`);
    expect(output).toContain(`not whole: song ${last.id} "Last"\n    ${last.original} is missing`);
    expect(output).not.toContain(whole.id);
    expect(output).toMatch(/documents +4 in 1 collections/);
    expect(code).toBe(1);
    const kept = [whole, damaged, gapped, last].flatMap(({ original, segments }) => [original, ...segments]);
    expect(await keysIn(new LocalStorage(join(folder(), 'media')))).toEqual(
      kept.filter((key) => !lost.includes(key)).toSorted(),
    );
    const check = await runCommand('backup', ['--to', folder(), '--check']);
    expect(check.output).toMatch(/as it was written, but not whole: 4 documents, 9 files/);
    expect(check.output).toContain(last.original);
    expect(check.code).toBe(1);
  }, 120_000);

  it('are reported again by the next backup: a damaged file does not count as present', async () => {
    const { manifest, copied } = await backUp(library, store, folder());
    expect(manifest.incomplete?.map(({ id }) => id)).toEqual([damaged.id, gapped.id, last.id]);
    expect(copied).toBe(0);
  });

  it('are restored with their remaining files', async () => {
    const restored = await databaseNamed('restored');
    const target = new LocalStorage(to('restored/media'));
    const manifest = await checkBackup(folder());
    await new Restore(restored, target, folder(), NEVER).run(manifest, () => undefined);
    expect(await restored.collection('songs').countDocuments()).toBe(4);
    expect(await keysIn(target)).toEqual(await keysIn(new LocalStorage(join(folder(), 'media'))));
  });

  it('stay complete in the backup if the loss came after an earlier backup', async () => {
    const kept = await library.add('Kept');
    await backUp(library, store, folder());
    for (const key of [kept.original, ...kept.segments]) await store.remove(key);
    const { manifest, pruned } = await backUp(library, store, folder());
    expect(manifest.incomplete?.map(({ id }) => id)).not.toContain(kept.id);
    expect(pruned).toBe(0);
    expect(await keysIn(new LocalStorage(join(folder(), 'media')))).toContain(kept.original);
  });
});

it('a backup lists a package at Cloudinary once, even if the backup was interrupted', async () => {
  const server = await CloudinaryTestServer.start();
  const connection = await FaultyConnection.to(server.url);
  const config = Config.load({ STORAGE: 'cloudinary', ...server.env(connection.url) });
  const store = new CloudinaryStorage(config, { ...DEFAULT_RETRY_POLICY, attempts: 1 });
  try {
    const library = new SeededLibrary(await databaseNamed('cloud'), store);
    const songs: SeededSong[] = [];
    for (const title of ['A', 'B', 'C']) songs.push(await library.add(title));
    const LIST = /^GET \/v1_1\/.*\/resources\//;
    const lists = () => {
      const asked = connection.requests.filter(({ method, path }) => LIST.test(`${method} ${path}`));
      connection.requests.length = 0;
      return songs.map(({ id }) => asked.filter(({ path }) => path.includes(id)).length);
    };
    // The hourly limit is reached at the request for the third song.
    const third = new RegExp(`${LIST.source}.*${songs[2]!.id}`);
    connection.inject([{ status: 420, body: JSON.stringify({ error: { message: USED_UP } }) }], third);
    await expect(backUp(library, store, to('cloud'))).rejects.toThrow(
      /hourly limit of Cloudinary's Admin API/,
    );
    expect(lists()).toEqual([1, 1, 1]);
    const second = await backUp(library, store, to('cloud'));
    expect(second.manifest.media.objects).toBe(9);
    expect(lists()).toEqual([0, 0, 1]);
    const unchanged = await backUp(library, store, to('cloud'));
    expect(unchanged.copied).toBe(0);
    expect(unchanged.manifest.media.objects).toBe(9);
    expect(connection.requests).toEqual([]);
    await expect(checkBackup(to('cloud'))).resolves.toBeDefined();
  } finally {
    store.onModuleDestroy();
    await connection.close();
    await server.close();
  }
});
