import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setTracks } from './support/albums.js';
import { makeSong } from './support/audio-fixtures.js';
import { CuttingProxy } from './support/cutting-proxy.js';
import { TestServer } from './support/test-server.js';
import { add, newPlaylist } from './support/playlists.js';
import { uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const ALBUMS = 40;

let services: SharedServices;
let proxy: CuttingProxy;
let server: TestServer;
const folder = tempDir('fixtures');

beforeAll(async () => {
  services = await startSharedServices();
  proxy = await CuttingProxy.database(services.env.MONGODB_URI);
  server = await TestServer.start({ ...services.env, MONGODB_URI: proxy.url, WORKER: 'none' });
  const admin = await server.admin();
  const path = await makeSong(folder, 'song.mp3', 1.5);
  const make = async (i: number) => {
    const song = await uploadSong(admin, path, { allowDuplicate: true, title: `Song ${i}` });
    const album = await createAlbum(admin, { title: `Album ${i}`, state: 'PUBLISHED' });
    await setTracks(admin, album.id, [song.id]);
    const list = await newPlaylist(admin, 'PUBLIC', `List ${i}`);
    await add(admin, list, [song.id]);
  };
  for (let i = 0; i < ALBUMS; i += 4) await Promise.all([0, 1, 2, 3].map((n) => make(i + n)));
}, 90_000);

afterAll(async () => {
  await server?.close();
  proxy?.close();
  await services?.stop();
});

/** The minimum of several runs, because the server also sends commands of its own. */
async function commandsFor(
  query: string,
  first: number,
  collections = ['songs', 'albums'],
): Promise<string[]> {
  const listener = new ApiClient(server.url);
  const counts: string[][] = [];
  for (let i = 0; i < 4; i++)
    counts.push(await proxy.during(collections, () => listener.ask(query, { first })));
  return counts.sort((a, b) => a.length - b.length)[0]!;
}

describe('a nested list query', () => {
  it.each([
    [
      'albums with their tracks with their albums',
      'query ($first: Int!) { albums(first: $first) { edges { node { title tracks { title album { title } } } } } }',
      ['find albums', 'aggregate songs', 'find songs', 'find albums'],
    ],
    [
      'songs with their albums and covers',
      'query ($first: Int!) { songs(first: $first) { edges { node { title artwork { placeholder } album { title tracks { id } } } } } }',
      ['find songs', 'find albums', 'aggregate songs', 'find songs'],
    ],
  ])('for %s needs as many database commands for 40 as for 2', async (_, query, expected) => {
    expect(await commandsFor(query, 2)).toEqual(expected);
    expect(await commandsFor(query, ALBUMS)).toEqual(expected);
  });

  it('for playlists with entries, songs, albums and covers needs as many commands for 20 as for 2', async () => {
    const query = `query ($first: Int!) { playlists(first: $first) { edges { node { title covers { placeholder }
      entries(first: 3) { edges { node { song { title artwork { placeholder } album { title } } } } } } } } }`;
    const collections = ['playlists', 'playlist_entries', 'songs', 'albums'];
    const few = await commandsFor(query, 2, collections);
    expect(few.length).toBeGreaterThan(3);
    // Entries and covers read a playlist twice, and one command batches fifty reads.
    expect(await commandsFor(query, 20, collections)).toEqual(few);
  });

  it('returns every album and song', async () => {
    const { albums } = await new ApiClient(server.url).ask<{
      albums: { edges: { node: { title: string; tracks: { title: string; album: { title: string } }[] } }[] };
    }>('{ albums(first: 100) { edges { node { title tracks { title album { title } } } } } }');
    expect(albums.edges).toHaveLength(ALBUMS);
    for (const { node } of albums.edges) {
      const { title } = node;
      expect(node.tracks).toEqual([{ title: title.replace('Album', 'Song'), album: { title } }]);
    }
  });

  it('is refused when it nests in circles', async () => {
    const round = '{ albums { edges { node { tracks { album { tracks { id } } } } } } }';
    await expect(new ApiClient(server.url).ask(round)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
