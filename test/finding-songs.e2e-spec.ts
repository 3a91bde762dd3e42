import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong, makeTaggedSong } from './support/audio-fixtures.js';
import { TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
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

describe('the search for songs', () => {
  it('matches the beginning of any word, regardless of accents', async () => {
    const path = await makeTaggedSong(folder, 12, { title: 'Sólin skín á Örn' });
    const { id } = await uploadSong(client, path);
    const { songs } = await client.ask<{ songs: { edges: { node: { id: string } }[] } }>(
      '{ songs(search: "orn SOL bjo") { edges { node { id } } } }',
    );
    expect(songs.edges.map(({ node }) => node.id)).toEqual([id]);
  });

  it('returns each song exactly once, newest first, page by page', async () => {
    for (let i = 2; i <= 10; i++) await uploadSong(client, await makeSong(folder, `${i}.mp3`, i));
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      type Answer = {
        songs: {
          edges: { node: { id: string } }[];
          totalCount: number;
          pageInfo: { hasNextPage: boolean; endCursor: string | null };
        };
      };
      const { songs }: Answer = await client.ask<Answer>(
        'query ($after: String) { songs(first: 4, after: $after) { totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      seen.push(...songs.edges.map(({ node }) => node.id));
      after = songs.pageInfo.endCursor;
      if (!songs.pageInfo.hasNextPage) {
        expect(new Set(seen).size).toBe(songs.totalCount);
        break;
      }
    }
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it.each([
    ['{ songs(first: 0) { totalCount } }', 'BAD_INPUT'],
    ['{ songs(after: "nonsense") { edges { cursor } } }', 'BAD_INPUT'],
    ['{ song(id: "no-such-thing") { id } }', 'NOT_FOUND'],
    ['{ hlsSources(songId: "507f1f77bcf86cd799439011") { songId } }', 'NOT_FOUND'],
    ['mutation { processSong(songId: "507f1f77bcf86cd799439011") { id } }', 'NOT_FOUND'],
  ])('answers %s with %s', async (query, code) => {
    await expect(client.ask(query)).rejects.toMatchObject({ code });
  });
});
