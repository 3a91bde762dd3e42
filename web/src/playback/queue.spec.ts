import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as queues from './queue.js';
import type { Queue } from './queue.js';
import type { Track } from './track.js';

const track = (id: string) => ({ id, title: id }) as Track;
let keys = 0;
const entries = (...ids: string[]) => queues.entriesOf(ids.map(track), () => `key-${keys++}`);
const queueOf = (...ids: string[]): Queue => ({ ...queues.EMPTY, entries: entries(...ids), index: 0 });
const titles = ({ entries: all }: Queue) => all.map(({ track: { id } }) => id);
const playing = (queue: Queue) => queues.current(queue)?.track.id;

describe('a queue', () => {
  it('ends after its last song, starts over with repeat all, and stays with repeat one', () => {
    const last = { ...queueOf('a', 'b'), index: 1 };
    expect(queues.nextIndex(last, true)).toBe(-1);
    expect(queues.nextIndex({ ...last, repeat: 'all' }, true)).toBe(0);
    expect(queues.nextIndex({ ...last, repeat: 'one' }, true)).toBe(1);
    expect(queues.nextIndex({ ...last, repeat: 'one' }, false)).toBe(-1);
  });

  it('inserts a song to play next right after the current one', () => {
    expect(titles(queues.add(queueOf('a', 'b'), entries('c'), 'next'))).toEqual(['a', 'c', 'b']);
    expect(titles(queues.add(queueOf('a', 'b'), entries('c'), 'end'))).toEqual(['a', 'b', 'c']);
  });

  it('continues with the following song when the current one is removed', () => {
    const queue = queueOf('a', 'b', 'c');
    expect(playing(queues.remove({ ...queue, index: 1 }, queue.entries[1]!.key))).toBe('c');
    expect(playing(queues.remove({ ...queue, index: 2 }, queue.entries[2]!.key))).toBe('b');
  });

  it('keeps its songs and the current one through any sequence of moves, shuffles, additions and removals', () => {
    const edit = fc.oneof(
      fc.record({ do: fc.constant('move'), at: fc.nat(20), to: fc.nat(20) }),
      fc.record({ do: fc.constant('shuffle'), at: fc.nat(20), to: fc.nat(20) }),
      fc.record({ do: fc.constant('unshuffle'), at: fc.nat(20), to: fc.nat(20) }),
      fc.record({ do: fc.constant('add'), at: fc.nat(20), to: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 30 }), fc.nat(4), fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (edits, index, dice) => {
        const random = () => dice.next().value as number;
        let queue: Queue = { ...queueOf('a', 'b', 'c', 'd', 'e'), index };
        const heard = playing(queue);
        const expected = titles(queue);
        for (const { do: deed, at, to } of edits) {
          const { length } = queue.entries;
          if (deed === 'move') queue = queues.move(queue, queue.entries[at % length]!.key, to % length);
          if (deed === 'shuffle') queue = queues.shuffle(queue, random);
          if (deed === 'unshuffle') queue = queues.unshuffle(queue);
          if (deed === 'add') {
            queue = queues.add(queue, entries(`x${at}`), at % 2 ? 'next' : 'end');
            expected.push(`x${at}`);
          }
        }
        expect(playing(queue)).toBe(heard);
        expect(titles(queue).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  it('restores its order after shuffle is switched off', () => {
    const queue = { ...queueOf('a', 'b', 'c', 'd', 'e'), index: 2 };
    const back = queues.unshuffle(queues.shuffle(queue, Math.random));
    expect(titles(back)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(playing(back)).toBe('c');
  });
});
