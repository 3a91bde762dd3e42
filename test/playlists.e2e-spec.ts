import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { TestServer } from './support/test-server.js';
import {
  add,
  move,
  newListener,
  newPlaylist,
  remove,
  someSongs,
  whole,
  type Listener,
} from './support/playlists.js';

const NOWHERE = '507f1f77bcf86cd799439011';

let server: TestServer;
let ann: Listener;
let bob: Listener;
let songs: string[];

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  [ann, bob] = [await newListener(server, 'ann'), await newListener(server, 'bob')];
  songs = await someSongs(server, 4, 2);
});

afterAll(() => server?.close());

const songsOf = async (client: ApiClient, id: string, first?: number) =>
  (await whole(client, id, first)).entries.map(({ songId }) => songs.indexOf(songId));

describe('a listener’s playlist', () => {
  it('keeps the order of its songs, and may contain a song twice', async () => {
    const id = await newPlaylist(ann);
    const [first, second] = await add(ann, id, [songs[0]!, songs[1]!]);
    await add(ann, id, [songs[2]!], { before: first });
    await add(ann, id, [songs[0]!, songs[3]!], { after: first });
    expect(await songsOf(ann, id)).toEqual([2, 0, 0, 3, 1]);
    await move(ann, id, second!, { before: first });
    expect(await songsOf(ann, id)).toEqual([2, 1, 0, 0, 3]);
    await move(ann, id, first!, {});
    expect(await songsOf(ann, id, 2)).toEqual([2, 1, 0, 3, 0]);
    expect(await remove(ann, id, [second!, second!])).toBe(4);
    expect(await remove(ann, id, [second!])).toBe(4);
    const { durationSeconds } = await whole(ann, id);
    expect(durationSeconds).toBeCloseTo(4 + 2 + 5 + 2, 0);
  });

  it('states who added each entry, and shows the covers of its first songs', async () => {
    const id = await newPlaylist(ann);
    await add(ann, id, songs);
    const { playlist } = await ann.ask<{ playlist: any }>(
      `query ($id: ID!) { playlist(id: $id) { ownerId mayEdit covers { images { url } }
        entries(first: 1) { totalCount edges { node { addedBy song { title } } } } } }`,
      { id },
    );
    expect(playlist).toMatchObject({
      ownerId: ann.id,
      mayEdit: true,
      entries: { totalCount: 4, edges: [{ node: { addedBy: ann.id, song: { title: 'Song 0' } } }] },
    });
    // Both songs carry the same picture.
    expect(playlist.covers).toHaveLength(1);
    expect((await fetch(playlist.covers[0].images[0].url)).status).toBe(200);
  });

  it.each(['UNLISTED', 'PUBLIC'])(
    '%s: can be read by anybody with its id and changed by nobody but its owner',
    async (visibility) => {
      const id = await newPlaylist(ann, visibility, `${visibility} one`);
      const [entry] = await add(ann, id, [songs[0]!]);
      const anybody = new ApiClient(server.url);
      expect(await songsOf(anybody, id)).toEqual([0]);
      await expect(add(bob, id, [songs[1]!])).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(move(bob, id, entry!, {})).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(remove(bob, id, [entry!])).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(add(anybody, id, [songs[1]!])).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      const { playlists } = await anybody.ask<{ playlists: { edges: { node: { id: string } }[] } }>(
        '{ playlists { edges { node { id } } } }',
      );
      expect(playlists.edges.some(({ node }) => node.id === id)).toBe(visibility === 'PUBLIC');
    },
  );

  it('PRIVATE: answers NOT_FOUND to everybody but its owner, admins included', async () => {
    const id = await newPlaylist(ann);
    const [entry] = await add(ann, id, [songs[0]!]);
    for (const other of [bob, await server.admin()]) {
      await expect(whole(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(add(other, id, [songs[1]!])).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(remove(other, id, [entry!])).rejects.toMatchObject({ code: 'NOT_FOUND' });
      for (const field of ['deletePlaylist(id: $id)', 'copyPlaylist(id: $id) { id }'])
        await expect(other.ask(`mutation ($id: ID!) { ${field} }`, { id })).rejects.toMatchObject({
          code: 'NOT_FOUND',
        });
    }
    await expect(whole(new ApiClient(server.url), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('can be edited by collaborators until they are removed', async () => {
    const id = await newPlaylist(ann);
    const changeCollaborators = (verb: string, client: ApiClient, accountId: string) =>
      client.ask<Record<string, { collaboratorIds: string[] }>>(
        `mutation ($id: ID!, $accountId: ID!) { ${verb}(playlistId: $id, accountId: $accountId) { collaboratorIds } }`,
        { id, accountId },
      );
    await expect(changeCollaborators('addCollaborator', bob, bob.id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await changeCollaborators('addCollaborator', ann, bob.id)).toEqual({
      addCollaborator: { collaboratorIds: [bob.id] },
    });
    await expect(changeCollaborators('addCollaborator', ann, NOWHERE)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await add(bob, id, [songs[3]!]);
    expect(await songsOf(ann, id)).toEqual([3]);
    const { myPlaylists } = await bob.ask<{ myPlaylists: { edges: { node: { id: string } }[] } }>(
      '{ myPlaylists { edges { node { id } } } }',
    );
    expect(myPlaylists.edges.map(({ node }) => node.id)).toContain(id);
    await expect(bob.ask('mutation ($id: ID!) { deletePlaylist(id: $id) }', { id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await changeCollaborators('removeCollaborator', ann, bob.id);
    await expect(add(bob, id, [songs[3]!])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is copied with all entries into a private playlist that survives deletion of the original', async () => {
    const id = await newPlaylist(ann, 'PUBLIC', 'To copy');
    await add(ann, id, [songs[1]!, songs[0]!, songs[1]!]);
    const { copyPlaylist } = await bob.ask<{ copyPlaylist: any }>(
      'mutation ($id: ID!) { copyPlaylist(id: $id) { id title visibility ownerId totalCount durationSeconds } }',
      { id },
    );
    expect(copyPlaylist).toMatchObject({
      title: 'To copy',
      visibility: 'PRIVATE',
      ownerId: bob.id,
      totalCount: 3,
    });
    await ann.ask('mutation ($id: ID!) { deletePlaylist(id: $id) }', { id });
    await expect(whole(ann, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await songsOf(bob, copyPlaylist.id)).toEqual([1, 0, 1]);
  });

  it('stays unchanged when an edit is invalid', async () => {
    const id = await newPlaylist(ann);
    const [entry] = await add(ann, id, [songs[0]!]);
    await expect(add(ann, id, [songs[1]!, NOWHERE])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(add(ann, id, [])).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(add(ann, id, [songs[1]!], { after: NOWHERE })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(move(ann, id, entry!, { after: entry })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(move(ann, id, NOWHERE, {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const other = await newPlaylist(ann);
    await expect(move(ann, other, entry!, {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(newPlaylist(ann, 'PRIVATE', '')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(await whole(ann, id)).toMatchObject({ totalCount: 1, entries: [{ id: entry }] });
  });

  it('holds at most 10,000 entries, also under concurrent additions', async () => {
    const id = await newPlaylist(ann);
    const hundred = Array.from({ length: 100 }, (_, i) => songs[i % songs.length]!);
    for (let i = 0; i < 9; i++) await Promise.all(Array.from({ length: 11 }, () => add(ann, id, hundred)));
    await add(ann, id, hundred.slice(0, 95));
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => add(ann, id, [songs[0]!])));
    const codes = tries.map((t) => (t.status === 'fulfilled' ? 'added' : t.reason.code));
    expect(codes.filter((code) => code === 'added')).toHaveLength(5);
    expect(codes.filter((code) => code === 'PLAYLIST_FULL')).toHaveLength(15);
    const { totalCount, entries } = await whole(ann, id);
    expect(totalCount).toBe(10_000);
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(10_000);
  });
});
