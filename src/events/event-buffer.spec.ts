import { describe, expect, it } from '@jest/globals';
import { MAX_UNREAD, EventBuffer } from './event-buffer.js';
import type { LibraryEvent } from './event-bus.js';

const at = '2026-01-01T00:00:00.000Z';
const progress = (songId: string, percent: number, state = 'TRANSCODING'): LibraryEvent => ({
  type: 'song.processing',
  songId,
  at,
  state,
  percent,
  attempt: 1,
});

async function readAll(queue: EventBuffer, count: number): Promise<LibraryEvent[]> {
  const read: LibraryEvent[] = [];
  for (let i = 0; i < count; i += 1) read.push((await queue.next()).value!);
  return read;
}

describe('EventBuffer', () => {
  it('keeps the latest progress of each song and every change of state for a slow consumer', async () => {
    const queue = new EventBuffer(
      () => true,
      () => undefined,
    );
    queue.push(progress('a', 0, 'QUEUED'));
    for (let percent = 0; percent < 100; percent += 1) {
      queue.push(progress('a', percent));
      queue.push(progress('b', percent));
    }
    queue.push({ type: 'song.ready', songId: 'a', at, generation: 'g' });
    queue.push(progress('a', 5));
    expect(await readAll(queue, 5)).toEqual([
      progress('a', 0, 'QUEUED'),
      progress('a', 99),
      progress('b', 99),
      { type: 'song.ready', songId: 'a', at, generation: 'g' },
      progress('a', 5),
    ]);
  });

  it('replaces its content by one events.missed when a slow consumer lets it overflow', async () => {
    const queue = new EventBuffer(
      () => true,
      () => undefined,
    );
    for (let i = 0; i <= MAX_UNREAD; i += 1) queue.push({ type: 'song.changed', songId: `s${i}`, at });
    queue.push({ type: 'song.changed', songId: 'last', at });
    expect(await readAll(queue, 2)).toEqual([
      { type: 'events.missed', at },
      { type: 'song.changed', songId: 'last', at },
    ]);
  });

  it('ends on overflow if its consumer does not accept events.missed', async () => {
    let ended = 0;
    const queue = new EventBuffer(
      ({ type }) => type === 'song.changed',
      () => (ended += 1),
    );
    for (let i = 0; i <= MAX_UNREAD; i += 1) queue.push({ type: 'song.changed', songId: `s${i}`, at });
    expect(await queue.next()).toEqual({ value: undefined, done: true });
    expect(ended).toBe(1);
  });
});

it('EventBuffer ends a consumer that returns while it waits for the next event', async () => {
  const queue = new EventBuffer(
    () => true,
    () => undefined,
  );
  const waiting = queue.next();
  await queue.return();
  expect(await waiting).toEqual({ value: undefined, done: true });
});
