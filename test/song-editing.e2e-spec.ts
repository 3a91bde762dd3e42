import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setTracks, tracksOf } from './support/albums.js';
import { makeSong, makeTaggedSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { newPerson } from './support/account-clients.js';
import { encoders } from './support/process-tree.js';
import { deleteSong, foundSongs, isGone, replaceAudio, statusOf, updateSong } from './support/song-edits.js';
import { ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
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
const update = (id: string, input: object) => updateSong(admin, id, input);
const remove = (id: string) => deleteSong(admin, id);
const replace = (songId: string, path: string, client = admin) => replaceAudio(client, songId, path);
const found = (search: string) => foundSongs(admin, search);

describe('editing songs', () => {
  it('changes the given tags, clears those set to null, and is visible in search at once', async () => {
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

  it('includes listing them by processing state', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'listed.mp3', 4));
    await ready(admin, id);
    const { songs } = await admin.ask<{ songs: { totalCount: number; edges: { node: { id: string } }[] } }>(
      '{ songs(state: READY) { totalCount edges { node { id } } } }',
    );
    expect(songs.edges.map(({ node }) => node.id)).toContain(id);
    const failed = await admin.ask('{ songs(state: FAILED) { totalCount edges { cursor } } }');
    expect(failed).toEqual({ songs: { totalCount: 0, edges: [] } });
    await remove(id);
  });

  it('is allowed to administrators only, by every mutation', async () => {
    const listener = (await newPerson(server.url)).client;
    const id = '507f1f77bcf86cd799439011';
    for (const mutation of [`updateSong(id: "${id}", input: {}) { id }`, `deleteSong(id: "${id}")`]) {
      await expect(listener.ask(`mutation { ${mutation} }`)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    const path = await makeSong(folder, 'mine.mp3', 3);
    await expect(replace(id, path, listener)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(replace(id, path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the loudness of an album', () => {
  it('is computed from its songs that are ready', async () => {
    const album = await createAlbum(admin, { title: 'Loud' });
    const loudness = async () =>
      (
        await admin.ask<{ album: { loudness: object | null } }>(
          'query ($id: ID!) { album(id: $id) { loudness { integratedLufs gainDb peak headroomDb } } }',
          { id: album.id },
        )
      ).album.loudness;
    expect(await loudness()).toBeNull();
    const { id } = await uploadSong(admin, await makeSong(folder, 'loud.mp3', 4));
    await setTracks(admin, album.id, [id]);
    await ready(admin, id);
    const { hlsSources } = await admin.ask<{
      hlsSources: { loudness: { integratedLufs: number; trackGainDb: number; trackPeak: number } };
    }>('query ($id: ID!) { hlsSources(songId: $id) { loudness { integratedLufs trackGainDb trackPeak } } }', {
      id,
    });
    const { integratedLufs, trackGainDb, trackPeak } = hlsSources.loudness;
    expect(await loudness()).toMatchObject({ integratedLufs, gainDb: trackGainDb, peak: trackPeak });
    await remove(id);
    expect(await tracksOf(admin, album.id)).toEqual([]);
    expect(await loudness()).toBeNull();
  });
});

describe('a deleted song', () => {
  it('is gone at every process at once, including its files', async () => {
    const path = await makeSong(folder, 'deleted.mp3', 5);
    const { id } = await uploadSong(admin, path);
    await ready(admin, id);
    const elsewhere = new ApiClient(second.url);
    const { masterPlaylist, fallbackUrl } = await sourcesOf(elsewhere, id); // cached there
    await remove(id);
    await expect(sourcesOf(elsewhere, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(songOf(elsewhere, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect([await statusOf(masterPlaylist!), await statusOf(fallbackUrl)]).toEqual([404, 404]);
    expect(await found('deleted')).toEqual([]);
    await eventually(() => isGone(folderOf(id)));
    await expect(remove(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // The same file may be uploaded again.
    const again = await uploadSong(admin, path);
    expect(again.id).not.toBe(id);
    await remove(again.id);
  });

  it('is no longer transcoded: its encoder and its files are gone', async () => {
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
