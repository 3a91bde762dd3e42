import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ApiClient } from '../src/cli/api-client.js';
import {
  albumIdOf,
  albumOf,
  createAlbum,
  deleteAlbum,
  moveSong,
  setArtwork,
  setPlaces,
  setTracks,
  tracksOf,
  updateAlbum,
} from './support/albums.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { newPerson } from './support/account-clients.js';
import { songOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

let server: TestServer;
let admin: ApiClient;
let listener: ApiClient;
const folder = tempDir('fixtures');
let songs: string[];

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none', SWEEP_SECONDS: '1', MEDIA_GRACE_SECONDS: '1' });
  admin = await server.admin();
  listener = (await newPerson(server.url)).client;
  const path = await makeSong(folder, 'song.mp3', 2);
  songs = [];
  for (let i = 0; i < 6; i++) songs.push((await uploadSong(admin, path, { allowDuplicate: true })).id);
});

afterAll(async () => {
  await server?.close();
});

const picture = async (name: string, colour: string) => {
  const path = join(folder, name);
  await sharp({ create: { width: 320, height: 320, channels: 3, background: colour } })
    .jpeg()
    .toFile(path);
  return path;
};

describe('an album', () => {
  it('is a draft for administrators until it is published for everyone', async () => {
    const { id } = await createAlbum(admin, {
      title: ' Homogenic ',
      artist: 'Björk',
      releaseDate: '1997-09-22',
    });
    await setTracks(admin, id, [songs[0]!]);
    const stranger = new ApiClient(server.url);
    for (const other of [listener, stranger]) {
      await expect(albumOf(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await albumIdOf(other, songs[0]!)).toBeNull();
      const { albums } = await other.ask<{ albums: { edges: unknown[]; totalCount: number } }>(
        '{ albums(state: DRAFT) { totalCount edges { cursor } } }',
      );
      expect(albums).toEqual({ edges: [], totalCount: 0 });
    }
    expect(await albumOf(admin, id)).toMatchObject({ title: 'Homogenic', state: 'DRAFT', genre: null });
    await updateAlbum(admin, id, { state: 'PUBLISHED', genre: 'Electronic' });
    for (const other of [listener, stranger]) {
      expect(await albumOf(other, id)).toMatchObject({
        artist: 'Björk',
        releaseDate: '1997-09-22',
        genre: 'Electronic',
        tracks: [{ id: songs[0] }],
      });
      expect(await albumIdOf(other, songs[0]!)).toBe(id);
    }
    await deleteAlbum(admin, id);
  });

  it('is updated partially: absent fields stay, null clears, the title cannot be cleared', async () => {
    const { id } = await createAlbum(admin, { title: 'Debut', artist: 'Björk', releaseDate: '1993' });
    expect(await updateAlbum(admin, id, { artist: null })).toMatchObject({
      title: 'Debut',
      artist: null,
      releaseDate: '1993',
    });
    for (const input of [{ title: null }, { title: '  ' }, { state: null }, { releaseDate: '1993-02-30' }])
      await expect(updateAlbum(admin, id, input)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await deleteAlbum(admin, id);
  });

  it('is listed newest first, page by page', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++)
      made.push((await createAlbum(admin, { title: `Vol. ${i}`, state: 'PUBLISHED' })).id);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      type Page = {
        albums: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      };
      const { albums }: Page = await listener.ask<Page>(
        'query ($after: String) { albums(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      seen.push(...albums.edges.map(({ node }) => node.id));
      after = albums.pageInfo.hasNextPage ? albums.pageInfo.endCursor : null;
    } while (after);
    expect(seen).toEqual(made.toReversed());
    for (const id of made) await deleteAlbum(admin, id);
  });

  it('orders its tracks by disc and number, and a song is on one album only', async () => {
    const one = (await createAlbum(admin, { title: 'One', state: 'PUBLISHED' })).id;
    const other = (await createAlbum(admin, { title: 'Other', state: 'PUBLISHED' })).id;
    const [a, b, c, d] = songs as [string, string, string, string];
    const set = await setPlaces(admin, one, [
      { songId: a, discNumber: 2, trackNumber: 1 },
      { songId: b, trackNumber: 2 },
      { songId: c, trackNumber: 1 },
    ]);
    expect(set.tracks.map(({ id }) => id)).toEqual([c, b, a]);
    await moveSong(admin, b, other, { trackNumber: 7 });
    await moveSong(admin, d, other);
    expect(await tracksOf(listener, one)).toEqual([c, a]);
    expect(await tracksOf(listener, other)).toEqual([b, d]);
    await setTracks(admin, one, [d, c]);
    expect(await tracksOf(listener, one)).toEqual([d, c]);
    expect(await tracksOf(listener, other)).toEqual([b]);
    expect(await albumIdOf(listener, a)).toBeNull();
    const take = (songId: string, albumId: string) =>
      admin.ask(
        'mutation ($songId: ID!, $albumId: ID!) { removeSongFromAlbum(songId: $songId, albumId: $albumId) { id } }',
        {
          songId,
          albumId,
        },
      );
    await take(d, other); // the album that the song has left
    expect(await albumIdOf(listener, d)).toBe(one);
    await take(d, one);
    expect(await tracksOf(listener, one)).toEqual([c]);
    await deleteAlbum(admin, one);
    await expect(albumOf(admin, one)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await songOf(listener, c)).id).toBe(c);
    expect(await albumIdOf(listener, c)).toBeNull();
    await deleteAlbum(admin, other);
  });

  it('refuses invalid track lists', async () => {
    const { id } = await createAlbum(admin, { title: 'Strict' });
    const [a, b] = songs as [string, string];
    const refused = (tracks: object[], code: string) =>
      expect(setPlaces(admin, id, tracks)).rejects.toMatchObject({ code });
    await refused(
      [
        { songId: a, trackNumber: 1 },
        { songId: a, trackNumber: 2 },
      ],
      'BAD_INPUT',
    );
    await refused(
      [
        { songId: a, trackNumber: 1 },
        { songId: b, trackNumber: 1 },
      ],
      'BAD_INPUT',
    );
    await refused([{ songId: a, trackNumber: 0 }], 'BAD_INPUT');
    await refused(
      [
        { songId: a, trackNumber: 1 },
        { songId: id, trackNumber: 2 },
      ],
      'NOT_FOUND',
    );
    await expect(setTracks(admin, a, [b])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await tracksOf(admin, id)).toEqual([]);
    await deleteAlbum(admin, id);
  });

  it('keeps every song on exactly one album when many edit at once, and one of two complete lists', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i++) made.push((await createAlbum(admin, { title: `Race ${i}` })).id);
    await Promise.all(songs.flatMap((song) => made.map((album) => moveSong(admin, song, album))));
    const lists = await Promise.all(made.map((album) => tracksOf(admin, album)));
    expect(lists.flat().sort()).toEqual([...songs].sort());

    const orders = Array.from({ length: 8 }, (_, i) => songs.slice(i % 4).toReversed());
    await Promise.all(orders.map((order) => setTracks(admin, made[0]!, order)));
    expect(orders).toContainEqual(await tracksOf(admin, made[0]!));
    for (const album of made) await deleteAlbum(admin, album);
  });

  it('has a cover in several sizes, which its songs without a cover show too', async () => {
    const { id } = await createAlbum(admin, { title: 'Blue', state: 'PUBLISHED' });
    await setTracks(admin, id, [songs[0]!]);
    const { artwork } = await setArtwork(admin, id, await picture('blue.jpg', '#0000ff'));
    for (const { url, contentType } of artwork!.images) {
      const image = await fetch(url);
      expect([image.status, image.headers.get('content-type')]).toEqual([200, contentType]);
      expect(image.headers.get('cache-control')).toContain('immutable');
    }
    expect((await songOf(listener, songs[0]!)).artwork).toMatchObject({
      dominantColour: artwork!.dominantColour,
    });
    const red = await setArtwork(admin, id, await picture('red.jpg', '#ff0000'));
    expect(red.artwork!.dominantColour).not.toBe(artwork!.dominantColour);
    const gone = async (url: string) => (await fetch(url)).status === 404;
    await eventually(() => gone(artwork!.images[0]!.url), { seconds: 10 });
    expect((await fetch(red.artwork!.images[0]!.url)).status).toBe(200);
    await deleteAlbum(admin, id);
    expect((await songOf(listener, songs[0]!)).artwork).toBeNull();
    await eventually(() => gone(red.artwork!.images[0]!.url), { seconds: 10 });
  });

  it('refuses a cover that is no picture, and a decompression bomb', async () => {
    const { id } = await createAlbum(admin, { title: 'Safe' });
    const text = join(folder, 'cover.jpg');
    await writeFile(text, 'not a picture');
    const bomb = join(folder, 'bomb.png');
    const create = { width: 8000, height: 8000, channels: 3 as const, background: '#000' };
    await writeFile(bomb, await sharp({ create }).png({ compressionLevel: 9 }).toBuffer());
    const empty = join(folder, 'empty.png');
    await writeFile(empty, '');
    for (const path of [text, bomb, empty])
      await expect(setArtwork(admin, id, path)).rejects.toMatchObject({ code: 'ARTWORK_INVALID' });
    const path = await picture('fine.jpg', '#00ff00');
    await expect(setArtwork(listener, id, path)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(setArtwork(admin, songs[0]!, path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await albumOf(admin, id)).artwork).toBeNull();
    await deleteAlbum(admin, id);
  });

  it('can be edited by administrators only', async () => {
    for (const client of [listener, new ApiClient(server.url)]) {
      const code = client === listener ? 'FORBIDDEN' : 'UNAUTHENTICATED';
      await expect(createAlbum(client, { title: 'Mine' })).rejects.toMatchObject({ code });
      await expect(moveSong(client, songs[0]!, songs[0]!)).rejects.toMatchObject({ code });
    }
  });
});
