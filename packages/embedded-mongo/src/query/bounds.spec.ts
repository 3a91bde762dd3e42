import { BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'bson';
import fc from 'fast-check';
import { equalValues } from '../bson/compare.js';
import { valueKey } from '../bson/value-key.js';
import { recordSuffix } from '../storage/index-key.js';
import { fieldBounds, highBytes, lowBytes, type FieldBounds } from './bounds.js';
import type { Condition } from './conditions.js';
import { Matcher } from './matcher.js';

const boundsOf = (condition: Record<string, unknown>, multikey = false): FieldBounds | undefined =>
  fieldBounds(
    Object.entries(condition).map(([operator, operand]): Condition => ({ operator, operand })),
    multikey,
  );

/** Whether an index scan over these bounds reads the key of a value. */
function includes({ points, ranges }: FieldBounds, value: unknown): boolean {
  if (points) return points.some((point) => equalValues(point, value));
  const key = Buffer.concat([valueKey(value), recordSuffix(1)]);
  return ranges.some(
    ({ low, high }) => Buffer.compare(lowBytes(low), key) <= 0 && Buffer.compare(key, highBytes(high)) <= 0,
  );
}

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((value) => new Int32(value)),
  fc.constantFrom(new Double(NaN), new Double(-Infinity), new Double(1.5), Long.fromNumber(2)),
  fc.constantFrom(Decimal128.fromString('1.5'), Decimal128.fromString('NaN')),
  fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'a\u0000', 'é'),
  fc.constantFrom(null, true, false, new Date(0), new Date(5), new MinKey(), new MaxKey()),
  fc.constantFrom(new ObjectId('0'.repeat(24)), { x: 1 }, { x: 2 }, {}, new BSONRegExp('^a')),
);
const condition = fc.oneof(
  fc.record({ $eq: scalar }),
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $all: fc.array(scalar, { minLength: 1, maxLength: 2 }) }),
  fc
    .record({ $gt: scalar, $gte: scalar, $lt: scalar, $lte: scalar }, { requiredKeys: [] })
    .filter((range) => Object.keys(range).length > 0),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $gte: scalar, $ne: scalar }),
  fc.constantFrom(
    { $regex: new BSONRegExp('^a') },
    { $regex: new BSONRegExp('^ab?') },
    { $regex: new BSONRegExp('b$') },
  ),
);

describe('index bounds', () => {
  it('$eq and $in are points', () => {
    expect(boundsOf({ $eq: new Int32(1) })).toMatchObject({ points: [new Int32(1)], exact: true });
    expect(boundsOf({ $in: ['a', 'b'] })!.points).toEqual(['a', 'b']);
  });

  it('$in with equal numbers of different types looks each value up once', () => {
    const { points } = boundsOf({
      $in: [new Int32(1), new Double(1), Long.ONE, Decimal128.fromString('1.0')],
    })!;
    expect(points).toHaveLength(1);
  });

  it('arrays and regular expressions in $eq or $in cannot use bounds', () => {
    expect(boundsOf({ $eq: [1] })).toBeUndefined();
    expect(boundsOf({ $in: ['a', [1]] })).toBeUndefined();
    expect(boundsOf({ $in: ['a', new BSONRegExp('^b')] })).toBeUndefined();
  });

  it('null also means a missing field, so its bounds neither are exact nor exclude a missing field', () => {
    expect(boundsOf({ $eq: null })).toMatchObject({ exact: false, excludesMissing: false });
    expect(boundsOf({ $in: ['a', null] })).toMatchObject({ exact: false, excludesMissing: false });
    expect(boundsOf({ $eq: 'a' })).toMatchObject({ exact: true, excludesMissing: true });
    expect(boundsOf({ $exists: false })).toMatchObject({ points: [null], exact: false });
    expect(boundsOf({ $exists: true })).toBeUndefined();
  });

  it('a range stays within the type of its operand', () => {
    const atLeast = boundsOf({ $gte: new Int32(1) })!;
    expect([new Int32(1), new Double(Infinity)].every((value) => includes(atLeast, value))).toBe(true);
    expect(
      [new Int32(0), 'a', null, new Date(9), new MaxKey()].some((value) => includes(atLeast, value)),
    ).toBe(false);
    const below = boundsOf({ $lt: 'b' })!;
    expect([includes(below, ''), includes(below, 'b'), includes(below, new Int32(9))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('$lt and $lte of a number exclude NaN, and a range of NaN or null has no bounds', () => {
    expect(includes(boundsOf({ $lte: new Int32(1) })!, new Double(NaN))).toBe(false);
    expect(includes(boundsOf({ $lte: new Int32(1) })!, new Double(-Infinity))).toBe(true);
    for (const operand of [new Double(NaN), Decimal128.fromString('NaN'), null, [1], new MinKey()])
      expect(boundsOf({ $gte: operand })).toBeUndefined();
  });

  it('two ranges on a field are intersected, unless the field contains arrays', () => {
    const single = boundsOf({ $gte: new Int32(1), $lt: new Int32(3) })!;
    expect([0, 1, 2, 3].filter((value) => includes(single, value))).toEqual([1, 2]);
    expect(single.exact).toBe(true);
    const multikey = boundsOf({ $gte: new Int32(1), $lt: new Int32(3) }, true)!;
    expect([0, 1, 2, 3].filter((value) => includes(multikey, value))).toEqual([1, 2, 3]);
    expect(multikey.exact).toBe(false);
  });

  it('an anchored regular expression reads only strings with its prefix', () => {
    const bounds = boundsOf({ $regex: new BSONRegExp('^ab') })!;
    expect(['a', 'ab', 'abc', 'ac', 'b'].filter((text) => includes(bounds, text))).toEqual(['ab', 'abc']);
    expect(bounds.exact).toBe(false);
    expect(boundsOf({ $regex: new BSONRegExp('ab') })).toBeUndefined();
    expect(boundsOf({ $regex: new BSONRegExp('^ab', 'i') })).toBeUndefined();
    expect(boundsOf({ $regex: new BSONRegExp('^ab|c') })).toBeUndefined();
  });

  it('the shortest list of points is used if several conditions give points', () => {
    expect(boundsOf({ $in: ['a', 'b', 'c'], $eq: 'b' })).toMatchObject({ points: ['b'], exact: false });
  });

  it('never miss a matching value, and exact bounds include no other value', () => {
    fc.assert(
      fc.property(condition, scalar, fc.boolean(), (conditions, value, multikey) => {
        const bounds = boundsOf(conditions, multikey);
        if (!bounds) return;
        const matcher = new Matcher({ a: conditions });
        const matches = matcher.matches({ a: value });
        if (matches) expect(includes(bounds, value)).toBe(true);
        if (bounds.exact && includes(bounds, value)) expect(matches).toBe(true);
        if (bounds.excludesMissing) expect(matcher.matches({})).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });

  it('of a field with arrays include a key of every matching array', () => {
    fc.assert(
      fc.property(condition, fc.array(scalar, { minLength: 1, maxLength: 3 }), (conditions, array) => {
        const bounds = boundsOf(conditions, true);
        if (!bounds || !new Matcher({ a: conditions }).matches({ a: array })) return;
        expect(array.some((item) => includes(bounds, item))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
