import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { ffmpeg, FORMATS, makeSong, makeTaggedSong, sweep } from './support/audio-fixtures.js';
import { TestServer } from './support/test-server.js';
import { sourcesOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

let server: TestServer;
let client: ApiClient;
const folder = tempDir('fixtures');

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  client = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

describe('an accepted upload', () => {
  it.each(Object.keys(FORMATS))('%s is stored, queued, and playable at once as original', async (name) => {
    const song = await uploadSong(client, await makeSong(folder, name, 5));
    expect(song.processing).toMatchObject({ state: 'QUEUED', percent: 0, attempt: 1, error: null });
    expect(song.durationSeconds).toBeGreaterThan(4.9);
    expect(song.durationSeconds).toBeLessThan(5.2);
    const sources = await sourcesOf(client, song.id);
    expect(sources).toMatchObject({
      hlsAvailable: false,
      masterPlaylist: null,
      qualities: [],
      generation: null,
    });
    const part = await fetch(sources.fallbackUrl, { headers: { range: 'bytes=0-99' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-type')).toBe(song.original.contentType);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(
      (await readFile(join(folder, name))).subarray(0, 100),
    );
  });

  it('takes title, artist and cover from its tags, the cover in several sizes', async () => {
    const song = await uploadSong(client, await makeTaggedSong(folder));
    expect(song).toMatchObject({
      title: 'Jóga',
      artist: 'Björk',
      albumTitle: 'Homogenic',
      trackNumber: 2,
      year: 1997,
      genre: 'Pop',
    });
    expect(song.artwork?.images.length).toBeGreaterThanOrEqual(4);
    for (const { url, contentType } of song.artwork!.images) {
      const image = await fetch(url);
      expect([image.status, image.headers.get('content-type')]).toEqual([200, contentType]);
    }
  });

  it('takes fields of the request instead of the tags', async () => {
    const path = await makeTaggedSong(folder, 6, { title: 'Wrong' });
    const song = await uploadSong(client, path, { title: 'Right', year: 2001 });
    expect(song).toMatchObject({ title: 'Right', artist: 'Björk', year: 2001 });
  });

  it('takes its title from the file name when there is no other', async () => {
    const path = join(folder, 'Some_Night - live.mp3');
    await copyFile(await makeSong(folder, 'song.mp3', 7), path);
    expect((await uploadSong(client, path)).title).toBe('Some Night - live');
  });

  it('of a video keeps the audio', async () => {
    const path = join(folder, 'clip.mp4');
    await ffmpeg([
      ...sweep(4),
      '-f',
      'lavfi',
      '-i',
      'testsrc=s=160x120:r=10:d=4',
      '-c:a',
      'aac',
      '-c:v',
      'mpeg4',
      path,
    ]);
    expect((await uploadSong(client, path)).original.codec).toBe('aac');
  });
});
