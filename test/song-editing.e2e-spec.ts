import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong, makeTaggedSong } from './support/audio-fixtures.js';
import { eventually, House } from './support/house.js';
import { newPerson } from './support/people-clients.js';
import { encoders } from './support/process-tree.js';
import { ready, reached, SONG, songOf, sourcesOf, uploadSong, type TestSong } from './support/songs.js';
import { startSharedSuppliers, type SharedSuppliers } from './support/suppliers.js';

const LONG_SECONDS = 180;
const ENV = {
  HEARTBEAT_TIMEOUT_SECONDS: '3',
  SWEEP_SECONDS: '1',
  MEDIA_GRACE_SECONDS: '2',
  KEEP_GENERATIONS: '1',
};

let suppliers: SharedSuppliers;
let dataDir: string;
let house: House;
let second: House;
let admin: ApiClient;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fixtures-'));
  dataDir = await mkdtemp(join(tmpdir(), 'shared-house-'));
  suppliers = await startSharedSuppliers();
  [house, second] = await Promise.all([
    House.open({ ...suppliers.env, ...ENV }, 'main.js', dataDir),
    House.open({ ...suppliers.env, ...ENV, WORKER: 'none' }, 'main.js', dataDir),
  ]);
  admin = await house.admin();
});

afterAll(async () => {
  await Promise.all([house?.close(), second?.close()]);
  await suppliers?.stop();
  await Promise.all([folder, dataDir].map((path) => rm(path, { recursive: true, force: true })));
});

const update = async (id: string, input: object) =>
  (
    await admin.ask<{ updateSong: TestSong }>(
      `mutation ($id: ID!, $input: UpdateSongInput!) { updateSong(id: $id, input: $input) { ${SONG} } }`,
      { id, input },
    )
  ).updateSong;

const remove = (id: string) => admin.ask('mutation ($id: ID!) { deleteSong(id: $id) }', { id });

const replace = async (songId: string, path: string, client = admin) =>
  (
    await client.upload<{ replaceAudio: TestSong }>(
      `mutation ($songId: ID!, $file: Upload!) { replaceAudio(songId: $songId, file: $file) { ${SONG} } }`,
      path,
      { songId },
    )
  ).replaceAudio;

const found = async (search: string) =>
  (
    await admin.ask<{ songs: { edges: { node: { id: string } }[] } }>(
      'query ($search: String) { songs(search: $search) { edges { node { id } } } }',
      { search },
    )
  ).songs.edges.map(({ node }) => node.id);

const folderOf = (songId: string) => join(dataDir, 'media', 'songs', songId);
const isGone = (path: string) =>
  access(path).then(
    () => false,
    () => true,
  );
const status = async (url: string) => (await fetch(url)).status;

describe('tags', () => {
  it('are edited in part: what is left out stays, null empties, and search follows at once', async () => {
    const { id } = await uploadSong(admin, await makeTaggedSong(folder, 3));
    const edited = await update(id, { title: ' Unravel ', artist: null, year: 1998 });
    expect(edited).toMatchObject({ title: 'Unravel', artist: null, year: 1998, albumTitle: 'Homogenic' });
    expect(await found('unrav homo')).toEqual([id]);
    expect(await found('joga')).toEqual([]);
    expect(await found('bjork')).toEqual([]);
    await Promise.all([
      update(id, { artist: 'Björk' }),
      update(id, { genre: 'Trip hop' }),
      update(id, { title: 'Jóga' }),
    ]);
    expect(await songOf(admin, id)).toMatchObject({ title: 'Jóga', artist: 'Björk', genre: 'Trip hop' });
    expect(await found('jog bjo')).toEqual([id]);
    for (const input of [{ title: null }, { title: ' ' }, { title: 'x'.repeat(301) }, { year: -1 }])
      await expect(update(id, input)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(update('507f1f77bcf86cd799439011', { year: 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await remove(id);
  });

  it('songs can be listed by where their run stands', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'stands.mp3', 4));
    await ready(admin, id);
    const { songs } = await admin.ask<{ songs: { totalCount: number; edges: { node: { id: string } }[] } }>(
      '{ songs(state: READY) { totalCount edges { node { id } } } }',
    );
    expect(songs.edges.map(({ node }) => node.id)).toContain(id);
    const failed = await admin.ask('{ songs(state: FAILED) { totalCount edges { cursor } } }');
    expect(failed).toEqual({ songs: { totalCount: 0, edges: [] } });
    await remove(id);
  });

  it('and everything else are for administrators only', async () => {
    const listener = (await newPerson(house.url)).client;
    const id = '507f1f77bcf86cd799439011';
    for (const mutation of [`updateSong(id: "${id}", input: {}) { id }`, `deleteSong(id: "${id}")`]) {
      await expect(listener.ask(`mutation { ${mutation} }`)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    const path = await makeSong(folder, 'mine.mp3', 3);
    await expect(replace(id, path, listener)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(replace(id, path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a deleted song', () => {
  it('is gone from every process at once, and its files with it', async () => {
    const path = await makeSong(folder, 'deleted.mp3', 5);
    const { id } = await uploadSong(admin, path);
    await ready(admin, id);
    const elsewhere = new ApiClient(second.url);
    const { masterPlaylist, fallbackUrl } = await sourcesOf(elsewhere, id); // remembered there
    await remove(id);
    await expect(sourcesOf(elsewhere, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(songOf(elsewhere, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect([await status(masterPlaylist!), await status(fallbackUrl)]).toEqual([404, 404]);
    expect(await found('deleted')).toEqual([]);
    await eventually(() => isGone(folderOf(id)));
    await expect(remove(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // The library may have its bytes again.
    const again = await uploadSong(admin, path);
    expect(again.id).not.toBe(id);
    await remove(again.id);
  });

  it('stops being transcoded: no encoder, no file, no trace', async () => {
    const path = await makeSong(folder, 'long.flac', LONG_SECONDS, ['-c:a', 'flac']);
    const { id } = await uploadSong(admin, path);
    await eventually(async () => (await encoders(dataDir)).length > 0);
    await remove(id);
    await eventually(async () => (await encoders(dataDir)).length === 0, { seconds: 10 });
    await eventually(() => isGone(folderOf(id)));
    await eventually(async () => {
      const staged = await readdir(join(dataDir, 'staging'), { recursive: true, withFileTypes: true });
      return staged.every((entry) => !entry.isFile());
    });
    await expect(songOf(admin, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const next = await uploadSong(admin, await makeSong(folder, 'next.mp3', 3));
    await ready(admin, next.id); // the worker goes on
    await remove(next.id);
  }, 60_000);
});

describe('replaced audio', () => {
  it('keeps the song and plays the old generation until the new one is there', async () => {
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
    expect([await status(before.masterPlaylist!), await status(meanwhile.fallbackUrl)]).toEqual([200, 200]);

    await ready(admin, id);
    const after = await eventually(async () => {
      const sources = await sourcesOf(admin, id);
      return sources.generation !== before.generation && sources;
    });
    expect(after.durationSeconds).toBeCloseTo(30, 0);
    // What nobody refers to any more goes after its grace.
    await eventually(async () => (await status(before.fallbackUrl)) === 404);
    await eventually(async () => (await status(before.masterPlaylist!)) === 404);
    expect([await status(after.fallbackUrl), await status(after.masterPlaylist!)]).toEqual([200, 200]);
    await remove(id);
  });

  it('takes the song from whoever transcodes the old audio', async () => {
    const { id } = await uploadSong(
      admin,
      await makeSong(folder, 'slow.flac', LONG_SECONDS + 1, ['-c:a', 'flac']),
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

  it('is refused as an upload would be, and then everything is as it was', async () => {
    const path = await makeSong(folder, 'stays.mp3', 4);
    const { id } = await uploadSong(admin, path);
    const song = await ready(admin, id);
    const other = await uploadSong(admin, await makeSong(folder, 'other.mp3', 3));
    await expect(replace(id, join(folder, 'other.mp3'))).rejects.toMatchObject({
      code: 'DUPLICATE',
      details: { songId: other.id },
    });
    await expect(replace(id, join(import.meta.dirname, 'house.spec.ts'))).rejects.toMatchObject({
      code: 'NOT_AUDIO',
    });
    expect(await replace(id, path)).toEqual(song);
    expect(await songOf(admin, id)).toEqual(song);
    // Its old bytes are free again once it has others.
    await replace(id, await makeSong(folder, 'newer.mp3', 3.5));
    const freed = await uploadSong(admin, path);
    for (const each of [id, other.id, freed.id]) await remove(each);
  });

  it('by several at once ends with one of them whole', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'contested.mp3', 3));
    const lengths = [3.2, 3.4, 3.6];
    const paths = [];
    for (const seconds of lengths) paths.push(await makeSong(folder, `contested-${seconds}.mp3`, seconds));
    await Promise.all(paths.map((path) => replace(id, path)));
    const song = await ready(admin, id);
    expect(await status((await sourcesOf(admin, id)).fallbackUrl)).toBe(200);
    await eventually(
      async () => (await readdir(folderOf(id))).filter((name) => name.startsWith('original')).length === 1,
    );
    expect(await status((await sourcesOf(admin, id)).fallbackUrl)).toBe(200);
    expect(song.generations).toHaveLength(1);
  });
});
