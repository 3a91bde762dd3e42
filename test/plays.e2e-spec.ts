import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { newListener, someSongs } from './support/playlists.js';
import { tempDir } from './support/temp-dir.js';

const ENOUGH = 30;

let server: TestServer;
const dataDir = tempDir('plays');
let songs: string[];

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' }, 'main.js', dataDir);
  songs = await someSongs(server, 5);
});

afterAll(async () => {
  await server?.close();
});

async function record(client: ApiClient, songId: string, playId: string = randomUUID(), seconds = ENOUGH) {
  const { recordPlay } = await client.ask<{
    recordPlay: { id: string; seconds: number; counts: boolean };
  }>(
    `mutation ($songId: ID!, $playId: ID!, $seconds: Float!) {
      recordPlay(songId: $songId, playId: $playId, seconds: $seconds) { id seconds counts } }`,
    { songId, playId, seconds },
  );
  return recordPlay;
}

async function playsOf(songId: string): Promise<number> {
  const { song } = await new ApiClient(server.url).ask<{ song: { plays: number } }>(
    'query ($id: ID!) { song(id: $id) { plays } }',
    { id: songId },
  );
  return song.plays;
}

/** Waits for the expected number of plays and 1.5 s longer, in which surplus plays would show. */
async function settled(songId: string, expected: number): Promise<number> {
  await eventually(async () => (await playsOf(songId)) >= expected, { seconds: 40 });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  return playsOf(songId);
}

describe('recorded plays', () => {
  it('are counted exactly when 500 arrive at once, and a play that is reported 50 times counts once', async () => {
    const listener = await newListener(server, 'crowd');
    const before = await playsOf(songs[0]!);
    const once = randomUUID();
    await Promise.all([
      ...Array.from({ length: 500 }, () => record(listener, songs[0]!)),
      ...Array.from({ length: 50 }, (_, i) => record(listener, songs[1]!, once, i + 2)),
    ]);
    expect(await settled(songs[0]!, before + 500)).toBe(before + 500);
    expect(await playsOf(songs[1]!)).toBe(1);
    expect((await record(listener, songs[1]!, once.toUpperCase(), 3)).seconds).toBe(51);
    const { topSongs } = await new ApiClient(server.url).ask<{ topSongs: unknown[] }>(
      '{ topSongs(period: DAY, first: 2) { plays song { id } } }',
    );
    expect(topSongs).toEqual([
      { plays: 500, song: { id: songs[0] } },
      { plays: 1, song: { id: songs[1] } },
    ]);
  });

  it('count once, as soon as half of a short song was heard', async () => {
    const listener = await newListener(server, 'steady');
    const id = randomUUID();
    // The song lasts four seconds.
    expect(await record(listener, songs[2]!, id, 1.5)).toMatchObject({ counts: false, seconds: 1.5 });
    expect(await record(listener, songs[2]!, id, 2.5)).toMatchObject({ counts: true });
    expect(await record(listener, songs[2]!, id, 1)).toMatchObject({ counts: true, seconds: 2.5 });
    expect(await settled(songs[2]!, 1)).toBe(1);
    expect(await record(listener, songs[2]!, id, 4)).toMatchObject({ counts: true, seconds: 4 });
    expect(await settled(songs[2]!, 1)).toBe(1);
  });

  it('form the history and the recently played songs of their listener, visible to nobody else', async () => {
    const [listener, other] = [await newListener(server, 'mine'), await newListener(server, 'other')];
    const played = [3, 4, 3].map((i) => songs[i]!);
    for (const songId of played) await record(listener, songId, randomUUID(), 0);
    await record(new ApiClient(server.url), songs[0]!, randomUUID(), 0);
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      type Answer = { playHistory: { edges: any[]; pageInfo: any; totalCount: number } };
      const { playHistory }: Answer = await listener.ask<Answer>(
        'query ($after: String) { playHistory(first: 2, after: $after) { totalCount edges { node { at song { id } } } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      expect(playHistory.totalCount).toBe(3);
      seen.push(...playHistory.edges.map(({ node }) => node.song.id));
      if (!playHistory.pageInfo.hasNextPage) break;
      after = playHistory.pageInfo.endCursor;
    }
    expect(seen).toEqual(played.reverse());
    const RECENT = '{ recentlyPlayed { id } playHistory { totalCount } }';
    expect(await listener.ask(RECENT)).toMatchObject({
      recentlyPlayed: [{ id: songs[3] }, { id: songs[4] }],
    });
    expect(await other.ask(RECENT)).toEqual({ recentlyPlayed: [], playHistory: { totalCount: 0 } });
    await expect(new ApiClient(server.url).ask(RECENT)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('are refused when they are invalid or belong to another listener or song', async () => {
    const [listener, other] = [await newListener(server, 'one'), await newListener(server, 'two')];
    await expect(record(listener, '507f1f77bcf86cd799439011')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(record(listener, songs[0]!, 'my-play')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(record(listener, songs[0]!, randomUUID(), -1)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(record(listener, songs[0]!, randomUUID(), 1e9)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const { id } = await record(listener, songs[0]!, randomUUID(), 0);
    await expect(record(other, songs[0]!, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(record(listener, songs[1]!, id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('of anonymous listeners count up to a rate limit', async () => {
    const stranger = new ApiClient(server.url);
    const answers = await Promise.allSettled(Array.from({ length: 140 }, () => record(stranger, songs[3]!)));
    const refused = answers.filter((t) => t.status === 'rejected');
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(['TOO_MANY_ATTEMPTS']));
    expect(refused.length).toBeGreaterThanOrEqual(20);
    const counted = answers.length - refused.length;
    expect(await settled(songs[3]!, counted)).toBe(counted);
  });

  it('are counted exactly once after kill -9 at any moment, once they were acknowledged', async () => {
    const listener = await newListener(server, 'unlucky');
    let recorded = 0;
    // The server is killed at once, or after plays have begun to reach the counters.
    for (const pauseMs of [0, 900]) {
      await Promise.all(Array.from({ length: 40 }, () => record(listener, songs[4]!)));
      recorded += 40;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await server.kill();
      server = await TestServer.start({ WORKER: 'none' }, 'main.js', dataDir);
      Object.assign(listener, { baseUrl: server.url });
    }
    expect(await settled(songs[4]!, recorded)).toBe(recorded);
  });
});
