import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyBetween, keysBetween, ORDER_KEY } from './order-key.js';

/** Random numbers chosen by fast-check, including the ends of the range. */
const randoms = fc
  .array(
    fc.oneof(fc.constant(0), fc.constant(0.999_999), fc.double({ min: 0, max: 0.999_999, noNaN: true })),
    {
      minLength: 1,
    },
  )
  .map((values) => {
    let i = 0;
    return () => values[i++ % values.length]!;
  });

describe('order keys', () => {
  it('fit between any two neighbours of any list', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 120 }), randoms, (places, random) => {
        const list: string[] = [];
        for (const place of places) {
          const at = place % (list.length + 1);
          list.splice(at, 0, keyBetween(list[at - 1] ?? null, list[at] ?? null, random));
        }
        expect(list).toEqual([...new Set(list)].sort());
        for (const key of list) expect(key).toMatch(ORDER_KEY);
      }),
    );
  });

  it('are created several at once, in order, between their neighbours', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.boolean(), fc.boolean(), randoms, (count, from, to, random) => {
        const low = keyBetween(null, null, random);
        const high = keyBetween(low, null, random);
        const keys = keysBetween(from ? low : null, to ? high : null, count, random);
        expect(keys).toHaveLength(count);
        const all = [...(from ? [low] : []), ...keys, ...(to ? [high] : [])];
        expect(all).toEqual([...new Set(all)].sort());
      }),
    );
  });

  it('stay eight characters long however many songs are added at either end', () => {
    const keys = keysBetween(null, null, 10_000);
    let first = keys[0]!;
    for (let i = 0; i < 10_000; i++) first = keyBetween(null, first);
    expect([first, ...keys].every((key) => key.length === 8)).toBe(true);
  });

  it('grow by less than one character per three insertions at the same position', () => {
    const low = keyBetween(null, null);
    let high = keyBetween(low, null);
    for (let i = 0; i < 500; i++) high = keyBetween(low, high);
    expect(high.length).toBeLessThan(8 + 500 / 3);
  });

  it('throw RangeError if there is no position between the neighbours', () => {
    expect(() => keyBetween('V0000001', 'V0000001')).toThrow(RangeError);
    expect(() => keyBetween('V0000002', 'V0000001')).toThrow(RangeError);
  });
});
