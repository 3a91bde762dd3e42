import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { CuttingProxy, type Cut } from './support/cutting-proxy.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { listenerOn } from './support/processes.js';
import { ready, songOf, sourcesOf, uploadSong, type TestSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { failuresOf } from './support/song-playback.js';
import { isPublish } from './support/wire-commands.js';
import { tempDir } from './support/temp-dir.js';

/** The sweep runs while a fault lasts, and removes leftovers of the attempts after a short grace period. */
const SHORT_PERIODS = { HEARTBEAT_TIMEOUT_SECONDS: '15', SWEEP_SECONDS: '1', MEDIA_GRACE_SECONDS: '1' };

describe('a worker that publishes a song', () => {
  let services: SharedServices;
  let proxy: CuttingProxy;
  const folder = tempDir('publish');
  let api: TestServer;
  let worker: TestServer;
  let admin: ApiClient;
  let song: TestSong;

  beforeAll(async () => {
    services = await startSharedServices();
    proxy = await CuttingProxy.database(services.env.MONGODB_URI);
    const dataDir = join(folder, 'data');
    api = await TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', dataDir);
    worker = await TestServer.start(
      { ...services.env, ...SHORT_PERIODS, MONGODB_URI: proxy.url },
      'worker.js',
      dataDir,
    );
    admin = await api.admin();
    song = await uploadSong(admin, await makeSong(folder, 'song.mp3', 1.5));
    await ready(admin, song.id);
  });

  afterAll(async () => {
    proxy?.close();
    await worker?.close();
    await api?.close();
    await services?.stop();
  });

  /** Requests another generation. Resolves to the current one, which the API has in its cache then. */
  async function transcodeAgain(): Promise<string | null> {
    const { generation } = await sourcesOf(admin, song.id);
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id: song.id });
    return generation;
  }

  /** Waits for a newer generation that is READY, served to listeners, and complete, also after the sweep. */
  async function expectPlayable(before: string | null): Promise<void> {
    const newer = await eventually(async () => {
      const now = await songOf(admin, song.id);
      const { generation } = await sourcesOf(admin, song.id);
      return now.processing.state === 'READY' && generation !== before && generation;
    });
    await sleep(1_500);
    expect(await failuresOf(admin, song.id)).toEqual([]);
    expect(await sourcesOf(admin, song.id)).toMatchObject({ hlsAvailable: true, generation: newer });
    expect((await songOf(admin, song.id)).publishedGeneration).toBe(newer);
  }

  const begun = () => worker.lines.filter((line) => /attempt \d+ begins/.test(line)).length;

  it.each<[string, Cut]>([
    ['executes the update but loses the reply', { at: isPublish, moment: 'after' }],
    [
      'executes the update, loses the reply, and is down for 4 s',
      { at: isPublish, moment: 'after', downMs: 4_000 },
    ],
    [
      'executes the update while it is unreachable',
      { at: isPublish, moment: 'late', lateMs: 1_000, downMs: 3_000 },
    ],
    ['is cut off at the next command', { behind: isPublish, moment: 'before', downMs: 500 }],
    [
      'is cut off when the cleanup entry is deleted',
      {
        behind: isPublish,
        at: ({ target }) => target === 'unreferenced_media',
        moment: 'before',
        downMs: 1_500,
      },
    ],
  ])('publishes its generation in one attempt when the database %s', async (_fault, cut) => {
    const attempts = begun();
    const before = await transcodeAgain();
    await proxy.cut(cut);
    await expectPlayable(before);
    expect(begun() - attempts).toBe(1);
  });

  it('leaves the song playable when the database is frozen for 9 s', async () => {
    const database = await listenerOn(Number(new URL(services.env.MONGODB_URI).port));
    const before = await transcodeAgain();
    await new Promise<void>((frozen) => {
      proxy.onCommand = (command) => {
        if (!isPublish(command)) return;
        proxy.onCommand = () => undefined;
        process.kill(database, 'SIGSTOP');
        frozen();
      };
    });
    await sleep(9_000);
    process.kill(database, 'SIGCONT');
    await expectPlayable(before);
  });
});
