import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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
  type Place,
} from './support/playlists.js';

/** The next edit of an editor. Numbers index the known entries from the oldest or (negative) from the newest. */
type Edit =
  | { kind: 'add'; songs: number; at: number; side: 'after' | 'before' | 'end' }
  | { kind: 'move'; entry: number; at: number; side: 'after' | 'before' }
  | { kind: 'remove'; entry: number };

/** An edit that succeeded, the entries it touched, and the times of its request and its answer. */
interface Done {
  kind: Edit['kind'];
  entry: string;
  anchor?: string;
  side?: string;
  from: number;
  to: number;
}

/** Indexes of the first or the last few entries, so that editors touch the same entries. */
const few = fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: -3, max: -1 }));

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      songs: fc.integer({ min: 1, max: 3 }),
      at: few,
      side: fc.constantFrom('after' as const, 'before' as const, 'end' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      entry: few,
      at: few,
      side: fc.constantFrom('after' as const, 'before' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), entry: few }) },
);

const editors = fc.array(fc.array(edit, { minLength: 4, maxLength: 8 }), { minLength: 4, maxLength: 8 });

let server: TestServer;
let people: Listener[];
let songs: string[];

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  people = [await newListener(server, 'ann'), await newListener(server, 'bob')];
  songs = await someSongs(server, 2);
});

afterAll(() => server?.close());

/** Runs all edits concurrently. Resolves to those that succeeded, timed by a clock of requests and answers. */
async function together(playlist: string, all: Edit[][]): Promise<Done[]> {
  const known = await add(people[0]!, playlist, [songs[0]!, songs[1]!, songs[0]!, songs[1]!]);
  const done: Done[] = known.map((entry) => ({ kind: 'add', entry, from: 0, to: 0 }));
  let clock = 1;
  const one = async (who: Listener, next: Edit) => {
    const from = clock++;
    const entry = next.kind === 'add' ? '' : known.at(next.entry)!;
    const anchor = next.kind === 'remove' ? undefined : known.at(next.at)!;
    const side = next.kind === 'remove' ? undefined : next.side;
    const place: Place = !side || side === 'end' ? {} : { [side]: anchor };
    if (next.kind === 'add') {
      const added = await add(who, playlist, Array(next.songs).fill(songs[0]), place);
      const to = clock++;
      known.push(...added);
      for (const id of added) done.push({ kind: 'add', entry: id, anchor, side, from, to });
    } else {
      if (next.kind === 'move') await move(who, playlist, entry, place);
      else await remove(who, playlist, [entry]);
      done.push({ kind: next.kind, entry, anchor, side, from, to: clock++ });
    }
  };
  await Promise.all(
    all.map(async (edits, i) => {
      for (const next of edits)
        await one(people[i % 2]!, next).catch((error: { code?: string }) => {
          // Another editor removed its entry or neighbour, or the entry was to move beside itself.
          if (!['NOT_FOUND', 'BAD_INPUT'].includes(error.code ?? '')) throw error;
        });
    }),
  );
  return done;
}

/** Edits whose outcome must still hold: no other edit touched either entry while or after they were made. */
function lasting(done: Done[]): Done[] {
  return done.filter(
    (made) =>
      made.anchor !== undefined &&
      made.side !== 'end' &&
      !done.some(
        (other) =>
          other !== made &&
          other.to > made.from &&
          other.kind !== 'add' &&
          (other.entry === made.entry || other.entry === made.anchor),
      ) &&
      !done.some((other) => other.kind === 'add' && other.entry === made.anchor && other.to > made.from),
  );
}

describe('a playlist that several people edit concurrently', () => {
  it('loses and duplicates no entry, and keeps every entry where it was moved', async () => {
    let proved = 0;
    await fc.assert(
      fc.asyncProperty(editors, async (all) => {
        const playlist = await newPlaylist(people[0]!);
        await people[0]!.ask(
          'mutation ($id: ID!, $accountId: ID!) { addCollaborator(playlistId: $id, accountId: $accountId) { id } }',
          { id: playlist, accountId: people[1]!.id },
        );
        const done = await together(playlist, all);
        const { entries, totalCount } = await whole(people[0]!, playlist, 7);
        const order = entries.map(({ id }) => id);
        const removed = new Set(done.filter(({ kind }) => kind === 'remove').map(({ entry }) => entry));
        const added = done.filter(({ kind }) => kind === 'add').map(({ entry }) => entry);
        expect([...order].sort()).toEqual(added.filter((id) => !removed.has(id)).sort());
        expect(totalCount).toBe(order.length);
        for (const { entry, anchor, side } of lasting(done)) {
          const [at, beside] = [order.indexOf(entry), order.indexOf(anchor!)];
          if (at < 0 || beside < 0) continue;
          expect(side === 'after' ? at > beside : at < beside).toBe(true);
          proved++;
        }
      }),
      { numRuns: 20, interruptAfterTimeLimit: 12_000 },
    );
    // The property means nothing unless at least one edit was checked.
    expect(proved).toBeGreaterThan(0);
  });

  it('appends the songs of 30 concurrent additions, each once and in its order', async () => {
    const playlist = await newPlaylist(people[0]!);
    const added = await Promise.all(
      Array.from({ length: 30 }, () => add(people[0]!, playlist, [songs[0]!, songs[1]!])),
    );
    const { entries } = await whole(people[0]!, playlist);
    const order = entries.map(({ id }) => id);
    expect([...order].sort()).toEqual(added.flat().sort());
    for (const [first, second] of added) expect(order.indexOf(first!)).toBeLessThan(order.indexOf(second!));
  });
});
