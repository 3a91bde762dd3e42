import { describe, expect, it } from '@jest/globals';
import { Types } from 'mongoose';
import { reconcile, shorterKeys, type CountedEntry } from './playlist-recount.js';

const entry = (order: string, seconds = 3): CountedEntry => ({
  _id: new Types.ObjectId(),
  songId: new Types.ObjectId(),
  order,
  seconds,
});

describe('entries compared with their songs', () => {
  const [same, changed, orphan] = [entry('a'), entry('b'), entry('c')];
  const durations = new Map([
    [same.songId.toString(), 3],
    [changed.songId.toString(), 4.5],
  ]);

  it('are kept, in order and with the present playing time, if their song exists', () => {
    const { kept } = reconcile([same, changed, orphan], durations);
    expect(kept).toEqual([same, { ...changed, seconds: 4.5 }]);
  });

  it('are outdated if the playing time differs, and orphaned if their song is gone', () => {
    const { outdated, orphaned } = reconcile([same, changed, orphan], durations);
    expect(outdated).toEqual([{ ...changed, seconds: 4.5 }]);
    expect(orphaned).toEqual([orphan]);
  });
});

describe('shorter keys', () => {
  const long = `U0000000${'V'.repeat(33)}`;

  it('are not made while all keys are short', () => {
    expect(shorterKeys([entry('U0000000'), entry('U0000001')])).toEqual([]);
    expect(shorterKeys([])).toEqual([]);
  });

  it('are short, and lie in the same order behind all old keys', () => {
    const entries = [entry('U0000000'), entry(long), entry(`${long}V`)];
    const changes = shorterKeys(entries);
    expect(changes.map(({ to }) => to.length)).toEqual([8, 8, 8]);
    expect(changes.map(({ _id }) => _id)).toEqual(entries.map(({ _id }) => _id).reverse());
  });

  it('leave the order unchanged after every single change', () => {
    const entries = [entry('U0000000'), entry(long), entry(`${long}V`)];
    const keys = new Map(entries.map(({ _id, order }) => [_id, order]));
    for (const { _id, from, to } of shorterKeys(entries)) {
      expect(keys.get(_id)).toBe(from);
      keys.set(_id, to);
      const now = [...keys.values()];
      expect(now).toEqual([...now].sort());
    }
  });
});
