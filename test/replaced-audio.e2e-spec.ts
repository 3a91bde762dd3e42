import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { encoders } from './support/process-tree.js';
import { deleteSong, replaceAudio, statusOf } from './support/song-edits.js';
import { ready, reached, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const LONG_SECONDS = 180;
const ENV = {
  HEARTBEAT_TIMEOUT_SECONDS: '3',
  SWEEP_SECONDS: '1',
  MEDIA_GRACE_SECONDS: '2',
  KEEP_GENERATIONS: '1',
};

let services: SharedServices;
const dataDir = tempDir('shared-server');
let server: TestServer;
let second: TestServer;
let admin: ApiClient;
const folder = tempDir('fixtures');

beforeAll(async () => {
  services = await startSharedServices();
  [server, second] = await Promise.all([
    TestServer.start({ ...services.env, ...ENV }, 'main.js', dataDir),
    TestServer.start({ ...services.env, ...ENV, WORKER: 'none' }, 'main.js', dataDir),
  ]);
  admin = await server.admin();
});

afterAll(async () => {
  await Promise.all([server?.close(), second?.close()]);
  await services?.stop();
});

const folderOf = (songId: string) => join(dataDir, 'media', 'songs', songId);
const remove = (id: string) => deleteSong(admin, id);
const replace = (songId: string, path: string) => replaceAudio(admin, songId, path);

describe('replacing the audio of a song', () => {
  it('keeps the song and its old generation playable until the new one is published', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'before.mp3', 5), {
      title: 'Kept',
      artist: 'Me',
    });
    await ready(admin, id);
    const before = await sourcesOf(admin, id);
    const path = await makeSong(folder, 'after.flac', 30, ['-c:a', 'flac']);
    const replaced = await replace(id, path);
    expect(replaced).toMatchObject({ id, title: 'Kept', artist: 'Me', original: { codec: 'flac' } });
    expect(replaced.processing).toMatchObject({ state: 'QUEUED', attempt: 1 });
    expect(replaced.durationSeconds).toBeCloseTo(30, 0);
    const meanwhile = await sourcesOf(new ApiClient(second.url), id);
    expect(meanwhile).toMatchObject({ hlsAvailable: true, generation: before.generation });
    expect(meanwhile.fallbackUrl.split('/').pop()).not.toBe(before.fallbackUrl.split('/').pop());
    expect([await statusOf(before.masterPlaylist!), await statusOf(meanwhile.fallbackUrl)]).toEqual([
      200, 200,
    ]);

    await ready(admin, id);
    const after = await eventually(async () => {
      const sources = await sourcesOf(admin, id);
      return sources.generation !== before.generation && sources;
    });
    expect(after.durationSeconds).toBeCloseTo(30, 0);
    // Media without a reference is deleted after its grace period.
    await eventually(async () => (await statusOf(before.fallbackUrl)) === 404);
    await eventually(async () => (await statusOf(before.masterPlaylist!)) === 404);
    expect([await statusOf(after.fallbackUrl), await statusOf(after.masterPlaylist!)]).toEqual([200, 200]);
    await remove(id);
  });

  it('stops a running transcode of the old audio', async () => {
    const { id } = await uploadSong(
      admin,
      await makeSong(folder, 'slow.flac', LONG_SECONDS, ['-c:a', 'flac']),
    );
    await reached(admin, id, 'TRANSCODING');
    await replace(id, await makeSong(folder, 'quick.mp3', 6));
    await ready(admin, id);
    const { durationSeconds, qualities } = await sourcesOf(admin, id);
    expect(durationSeconds).toBeCloseTo(6, 0);
    expect(qualities).toHaveLength(4);
    await eventually(async () => (await encoders(dataDir)).length === 0, { seconds: 10 });
    await remove(id);
  }, 60_000);

  it('by a file that an upload would reject leaves the song unchanged', async () => {
    const path = await makeSong(folder, 'stays.mp3', 4);
    const { id } = await uploadSong(admin, path);
    const song = await ready(admin, id);
    const other = await uploadSong(admin, await makeSong(folder, 'other.mp3', 3));
    await expect(replace(id, join(folder, 'other.mp3'))).rejects.toMatchObject({
      code: 'DUPLICATE',
      details: { songId: other.id },
    });
    await expect(replace(id, join(import.meta.dirname, 'architecture.spec.ts'))).rejects.toMatchObject({
      code: 'NOT_AUDIO',
    });
    expect(await replace(id, path)).toEqual(song);
    expect(await songOf(admin, id)).toEqual(song);
    // Once the song has other audio, its old bytes are no longer a duplicate.
    await replace(id, await makeSong(folder, 'newer.mp3', 3.5));
    const freed = await uploadSong(admin, path);
    for (const each of [id, other.id, freed.id]) await remove(each);
  });

  it('several times at once ends with exactly one of the files', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'contested.mp3', 3));
    const lengths = [3.2, 3.4, 3.6];
    const paths = [];
    for (const seconds of lengths) paths.push(await makeSong(folder, `contested-${seconds}.mp3`, seconds));
    await Promise.all(paths.map((path) => replace(id, path)));
    const song = await ready(admin, id);
    expect(await statusOf((await sourcesOf(admin, id)).fallbackUrl)).toBe(200);
    await eventually(
      async () => (await readdir(folderOf(id))).filter((name) => name.startsWith('original')).length === 1,
    );
    expect(await statusOf((await sourcesOf(admin, id)).fallbackUrl)).toBe(200);
    expect(song.generations).toHaveLength(1);
  });
});
