import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

/** Title, artist and album of each song, in the order of the uploads. */
const LIBRARY: [string, string, string][] = [
  ['Ágætis byrjun', 'Sigur Rós', 'Ágætis byrjun'],
  ['Svefn-g-englar', 'Sigur Rós', 'Ágætis byrjun'],
  ['Jóga', 'Björk', 'Homogenic'],
  ['Hunter', 'Björk', 'Homogenic'],
  ['Homogenic', 'The Imitators', 'Copies'],
  ['Homogenic Dreams', 'The Imitators', 'Copies'],
  ['My Homogenic Heart', 'The Imitators', 'Copies'],
  ['Anthem', 'Homogenic Band', 'Copies'],
  ["Don't Stop", '!!!', 'Louden Up'],
  ['Straße nach Ålesund', 'Ørjan Łukasz', 'Æon'],
];

let server: TestServer;
let client: ApiClient;
const folder = tempDir('fixtures');

interface Answer {
  search: {
    songs: {
      totalCount: number;
      edges: { cursor: string; node: { title: string } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    };
  };
}

async function page(query: string, first = 20, after: string | null = null) {
  const answer = await new (client.constructor as typeof ApiClient)(server.url).ask<Answer>(
    `query ($query: String!, $first: Int!, $after: String) { search(query: $query) {
       songs(first: $first, after: $after) { totalCount edges { cursor node { title } } pageInfo { hasNextPage endCursor } } } }`,
    { query, first, after },
  );
  return answer.search.songs;
}

const titles = async (query: string) => (await page(query)).edges.map(({ node }) => node.title);

async function artists(query: string): Promise<{ id: string; name: string }[]> {
  const { search } = await client.ask<{
    search: { artists: { edges: { node: { id: string; name: string } }[] } };
  }>('query ($query: String!) { search(query: $query) { artists { edges { node { id name } } } } }', {
    query,
  });
  return search.artists.edges.map(({ node }) => node);
}

const upload = async ([title, artist, album]: [string, string, string], seconds: number) =>
  uploadSong(client, await makeTaggedSong(folder, seconds, { title, artist, album }));

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  client = await server.admin();
  for (const [i, song] of LIBRARY.entries()) await upload(song, 1.5 + i / 20);
});

afterAll(async () => {
  await server?.close();
});

describe('search', () => {
  it.each([
    ['agaetis', ['Svefn-g-englar', 'Ágætis byrjun']],
    ['JOGA bjo', ['Jóga']],
    ['strasse alesund', ['Straße nach Ålesund']],
    ['orjan luk aeon', ['Straße nach Ålesund']],
    ['dont', ["Don't Stop"]],
    ['svefn eng', ['Svefn-g-englar']],
    ['!!!', ["Don't Stop"]],
    ['homogenics', []],
    ['', []],
  ])(
    'for "%s" finds songs with words that begin with these words, regardless of accents',
    async (query, expected) => {
      expect((await titles(query)).sort()).toEqual([...expected].sort());
    },
  );

  it.each(['\u0000', '\u0001\u0002', '\u0000'.repeat(12)])(
    'finds nothing for control characters: %j',
    async (query) => {
      expect(await titles(query)).toEqual([]);
      const { songs } = await client.ask<{ songs: { edges: unknown[] } }>(
        'query ($query: String!) { songs(first: 5, search: $query) { edges { cursor } } }',
        { query },
      );
      // Nothing is left to search for, so these are the newest songs, as without a search.
      expect(songs.edges).toHaveLength(5);
    },
  );

  it('ranks the exact title first, then its beginning, its words, the artist, the album', async () => {
    expect(await titles('homogenic')).toEqual([
      'Homogenic',
      'Homogenic Dreams',
      'My Homogenic Heart',
      'Anthem',
      'Hunter',
      'Jóga',
    ]);
  });

  it('matches words of title and artist in any order', async () => {
    expect(await titles('sigur svefn')).toEqual(['Svefn-g-englar']);
    expect(await titles('homogenic imi')).toEqual(['My Homogenic Heart', 'Homogenic Dreams', 'Homogenic']);
  });

  it('pages without gaps or repeats while songs are added', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo, totalCount }: Awaited<ReturnType<typeof page>> = await page('h', 2, after);
      seen.push(...edges.map(({ node }) => node.title));
      if (seen.length === 2) {
        expect(totalCount).toBe(6);
        await upload(['Here Comes Another', 'Late', 'Arrival'], 2.5);
      }
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(seen).not.toContain('Here Comes Another');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(6);
  });

  it('finds artists by name, and lists their songs', async () => {
    const [bjork] = await eventually(async () => {
      const found = await artists('björ');
      return found.length > 0 && found;
    });
    expect(bjork!.name).toBe('Björk');
    const { artist } = await client.ask<{ artist: { songs: { edges: { node: { title: string } }[] } } }>(
      'query ($id: ID!) { artist(id: $id) { songs { edges { node { title } } } } }',
      { id: bjork!.id },
    );
    expect(artist.songs.edges.map(({ node }) => node.title)).toEqual(['Hunter', 'Jóga']);
    expect((await artists('rós')).map(({ name }) => name)).toEqual(['Sigur Rós']);
  });

  it('finds published albums by title and artist, but no drafts', async () => {
    for (const [title, state] of [
      ['Ágætis byrjun', 'PUBLISHED'],
      ['Ágætis drög', 'DRAFT'],
    ]) {
      await client.ask('mutation ($input: CreateAlbumInput!) { createAlbum(input: $input) { id } }', {
        input: { title, artist: 'Sigur Rós', state },
      });
    }
    const { search } = await client.ask<{ search: { albums: { edges: { node: { title: string } }[] } } }>(
      '{ search(query: "agaetis ros") { albums { edges { node { title } } } } }',
    );
    expect(search.albums.edges.map(({ node }) => node.title)).toEqual(['Ágætis byrjun']);
  });

  it.each([
    ['{ search(query: "a") { songs(first: 101) { totalCount } } }', 'BAD_INPUT'],
    ['{ search(query: "a") { songs(after: "nonsense") { totalCount } } }', 'BAD_INPUT'],
    [`{ search(query: "${'a'.repeat(201)}") { songs { totalCount } } }`, 'BAD_INPUT'],
    ['{ artist(id: "nobody") { name } }', 'NOT_FOUND'],
    ['{ search(query: ".* ^( [ \\\\") { songs { totalCount } } }', null],
  ])('%s answers %s', async (query, code) => {
    if (code === null) await expect(client.ask(query)).resolves.toBeTruthy();
    else await expect(client.ask(query)).rejects.toMatchObject({ code });
  });
});
