import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { CuttingProxy, type Cut } from './support/cutting-proxy.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { songOf, uploadSong, type TestSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

/** The collections that an upload uses; the server queries others independently of requests. */
const OF_UPLOADS = ['sessions', 'accounts', 'songs', 'unreferenced_media'];
const isOfUpload: Cut['at'] = ({ target }) => OF_UPLOADS.includes(target);
const isInsert: Cut['at'] = ({ name, target }) => name === 'insert' && target === 'songs';

describe('an upload during faults of the database', () => {
  let services: SharedServices;
  let proxy: CuttingProxy;
  const folder = tempDir('uploads');
  let dataDir: string;
  let wav: Buffer;
  let api: TestServer;
  let admin: ApiClient;
  let made = 0;
  const database = mongoose.createConnection();

  beforeAll(async () => {
    dataDir = join(folder, 'data');
    services = await startSharedServices();
    proxy = await CuttingProxy.database(services.env.MONGODB_URI);
    await database.openUri(services.env.MONGODB_URI);
    api = await TestServer.start(
      { ...services.env, MONGODB_URI: proxy.url, WORKER: 'none' },
      'main.js',
      dataDir,
    );
    admin = await api.admin();
    wav = await readFile(await makeSong(folder, 'song.wav', 1.2));
  });

  afterAll(async () => {
    await api?.close();
    proxy?.close();
    await database.close();
    await services?.stop();
  });

  /** Uploads a song that differs from all others by one sample. */
  async function upload(): Promise<TestSong> {
    const bytes = Buffer.from(wav);
    bytes.writeUInt32LE(++made, bytes.length - 400);
    const path = join(folder, `song ${made}.wav`);
    await writeFile(path, bytes);
    return uploadSong(admin, path);
  }

  const songsInDatabase = async () =>
    (await database.collection('songs').find().toArray()).map(({ _id }) => String(_id)).sort();
  const songsInStore = async () => (await readdir(join(dataDir, 'media', 'songs')).catch(() => [])).sort();

  async function expectWhole(song: TestSong): Promise<void> {
    expect((await songOf(admin, song.id)).processing.state).toBe('QUEUED');
    const files = await readdir(join(dataDir, 'media', 'songs', song.id));
    expect(files).toHaveLength(1);
    expect((await readFile(join(dataDir, 'media', 'songs', song.id, files[0]!))).length).toBe(wav.length);
  }

  it('is acknowledged when the song was inserted but the reply was lost', async () => {
    void proxy.cut({ at: isInsert, moment: 'after' });
    await expectWhole(await upload());
    void proxy.cut({ at: isInsert, moment: 'after', downMs: 2_000 });
    await expectWhole(await upload());
    const late = proxy.cut({ at: isInsert, moment: 'late', lateMs: 1_500 });
    const song = await upload();
    await late;
    await expectWhole(song);
    expect(await songsInDatabase()).toHaveLength(3);
  });

  it('is acknowledged and complete, or refused without a song, whichever command is cut off', async () => {
    const from = proxy.commands.length;
    await upload();
    const commands = proxy.commands.slice(from).filter(isOfUpload).length;
    expect(commands).toBeGreaterThanOrEqual(4);
    let acknowledged = 0;
    for (let nth = 1; nth <= commands; nth++) {
      for (const moment of ['before', 'after'] as const) {
        const before = await songsInDatabase();
        const cut = proxy.cut({ at: isOfUpload, nth, moment });
        const outcome = await upload().catch((error: Error) => error);
        const added = (await songsInDatabase()).filter((id) => !before.includes(id));
        if (outcome instanceof Error) expect(added).toEqual([]);
        else {
          expect(added).toEqual([outcome.id]);
          await expectWhole(outcome);
          acknowledged += 1;
        }
        proxy.restore();
        void cut;
      }
    }
    // Commands are retried, so most uploads succeed; a failed lookup of the session may refuse one.
    expect(acknowledged).toBeGreaterThan(commands);
  });

  it('leaves only files that the sweep removes', async () => {
    await database.collection('unreferenced_media').updateMany({}, { $set: { removeAfter: new Date(0) } });
    const worker = await TestServer.start({ ...services.env, SWEEP_SECONDS: '1' }, 'worker.js', dataDir);
    const dueSince = new Date(1);
    await eventually(
      async () =>
        (await database
          .collection('unreferenced_media')
          .countDocuments({ removeAfter: { $lt: dueSince } })) === 0,
    );
    await worker.close();
    expect(await songsInStore()).toEqual(await songsInDatabase());
  });
});
