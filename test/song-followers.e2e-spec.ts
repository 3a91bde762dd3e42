import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setArtwork, setTracks, updateAlbum } from './support/albums.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { replaceAudio } from './support/song-edits.js';
import { ready, uploadSong } from './support/songs.js';
import { graphqlClient, closeAllClients, Subscriber } from './support/subscribers.js';
import { tempDir } from './support/temp-dir.js';

const LIBRARY = 'subscription { libraryChanged { kind songId } }';
/** Milliseconds after which a subscription has started; graphql-ws does not confirm the start. */
const ECHO_MS = 500;

type Change = { libraryChanged: { kind: string; songId: string | null } };

const folder = tempDir('fixtures');
let server: TestServer;
let admin: ApiClient;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.admin();
});

afterEach(closeAllClients);

afterAll(async () => {
  await server?.close();
});

it('libraryChanged reports CHANGED and READY when a song is transcoded again or its audio is replaced', async () => {
  const { id } = await uploadSong(admin, await makeSong(folder, 'redone.mp3', 3));
  await ready(admin, id);
  const library = new Subscriber<Change>(graphqlClient(server.url), LIBRARY);
  await sleep(ECHO_MS);
  const changes = () =>
    library.results.map(({ libraryChanged }) => libraryChanged).filter(({ songId }) => songId === id);
  const untilReady = (times: number) =>
    library.until(() => changes().filter(({ kind }) => kind === 'READY').length === times, 60);
  await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
  await untilReady(1);
  await replaceAudio(admin, id, await makeSong(folder, 'other-audio.mp3', 4));
  await untilReady(2);
  expect(changes().map(({ kind }) => kind)).toEqual(['CHANGED', 'READY', 'CHANGED', 'READY']);
}, 120_000);

it('songProcessing reports changes to the song’s published album, but not to drafts', async () => {
  const { id } = await uploadSong(admin, await makeSong(folder, 'followed.mp3', 3));
  await ready(admin, id);
  const album = await createAlbum(admin, { title: 'Draft', state: 'DRAFT' });
  type Seen = { songProcessing: { album: { title: string; artwork: object | null } | null } };
  const follower = new Subscriber<Seen>(
    graphqlClient(server.url),
    'subscription ($id: ID!) { songProcessing(songId: $id) { album { title artwork { dominantColour } } } }',
    { id },
  );
  const until = (found: (album: Seen['songProcessing']['album']) => unknown) =>
    follower.until(({ songProcessing }) => Boolean(found(songProcessing.album)));
  await until((seen) => seen === null);
  await updateAlbum(admin, album.id, { title: 'Other draft' });
  await sleep(ECHO_MS);
  expect(follower.results).toHaveLength(1);
  await setTracks(admin, album.id, [id]);
  await updateAlbum(admin, album.id, { state: 'PUBLISHED' });
  await until((seen) => seen?.title === 'Other draft');
  await updateAlbum(admin, album.id, { title: 'Out' });
  await until((seen) => seen?.title === 'Out');
  await setTracks(admin, album.id, []);
  await eventually(() => Promise.resolve(follower.results.at(-1)!.songProcessing.album === null));
  await setTracks(admin, album.id, [id]);
  await eventually(() => Promise.resolve(follower.results.at(-1)!.songProcessing.album !== null));
  const cover = join(folder, 'album.png');
  await sharp({ create: { width: 64, height: 64, channels: 3, background: '#00ff00' } }).toFile(cover);
  await setArtwork(admin, album.id, cover);
  await until((seen) => seen?.artwork);
  await admin.ask('mutation ($id: ID!) { deleteAlbum(id: $id) }', { id: album.id });
  await eventually(() => Promise.resolve(follower.results.at(-1)!.songProcessing.album === null));
}, 60_000);
