import { EJSON } from 'bson';
import {
  applied,
  canonical,
  decimal,
  double,
  int,
  long,
  type RefusedUpdate,
  type UpdateCase,
} from '../../test/support/apply-update.js';
import { isReplacement } from './update.js';

const CASES: UpdateCase[] = [
  ['$set replaces a value and its type', { a: 1 }, { $set: { a: 'x' } }, { a: 'x' }],
  ['$set creates missing parents', {}, { $set: { 'a.b.c': 1 } }, { a: { b: { c: 1 } } }],
  ['$set below an array position', { a: [{ b: 1 }] }, { $set: { 'a.0.b': 2 } }, { a: [{ b: 2 }] }],
  ['$set beyond the end pads with nulls', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
  ['$set adds new fields in lexicographic order', { z: 1 }, { $set: { c: 1, b: 1 } }, { z: 1, b: 1, c: 1 }],
  ['$set keeps the place of an existing field', { a: 1, b: 2 }, { $set: { a: 3 } }, { a: 3, b: 2 }],
  ['$setOnInsert does nothing on a match', { a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1 }],
  ['$setOnInsert sets on insert', { a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1, b: 1 }, { inserting: true }],
  [
    '$unset removes a field, whatever its operand',
    { a: 1, b: { c: 1 } },
    { $unset: { a: 0, 'b.c': '' } },
    { b: {} },
  ],
  ['$unset of an array element sets it to null', { a: [1, 2] }, { $unset: { 'a.0': '' } }, { a: [null, 2] }],
  ['$unset of a missing field does nothing', { a: 1 }, { $unset: { 'x.y': '' } }, { a: 1 }],
  ['$inc of two ints is an int', { a: int(1) }, { $inc: { a: int(-3) } }, { a: int(-2) }],
  [
    '$inc that overflows an int is a long',
    { a: int(2147483647) },
    { $inc: { a: int(1) } },
    { a: long(2147483648) },
  ],
  ['$inc of int and long is a long', { a: int(1) }, { $inc: { a: long(1) } }, { a: long(2) }],
  ['$inc of int and double is a double', { a: int(1) }, { $inc: { a: double(0.5) } }, { a: double(1.5) }],
  [
    '$inc of double and decimal is an exact decimal',
    { a: decimal('0.1') },
    { $inc: { a: decimal('0.2') } },
    { a: decimal('0.3') },
  ],
  [
    '$inc keeps longs exact',
    { a: long('9007199254740993') },
    { $inc: { a: int(1) } },
    { a: long('9007199254740994') },
  ],
  ['$inc of a missing field sets the operand', {}, { $inc: { a: long(5) } }, { a: long(5) }],
  ['$mul multiplies in the wider type', { a: int(3) }, { $mul: { a: long(2) } }, { a: long(6) }],
  [
    '$mul of a missing field is a zero of the operand type',
    {},
    { $mul: { a: double(2.5), b: long(2), c: int(2) } },
    { a: double('0.0'), b: long(0), c: int(0) },
  ],
  ['$min keeps the smaller value', { a: 5, b: 5 }, { $min: { a: 3, b: 9, c: 1 } }, { a: 3, b: 5, c: 1 }],
  ['$max keeps the larger value', { a: 5, b: 5 }, { $max: { a: 3, b: 9, c: 1 } }, { a: 5, b: 9, c: 1 }],
  [
    '$max compares different types in BSON order',
    { a: 5, b: 'x' },
    { $max: { a: 'x', b: 5 } },
    { a: 'x', b: 'x' },
  ],
  [
    '$min of an equal number of another type changes nothing',
    { a: int(1) },
    { $min: { a: double('1.0') } },
    { a: int(1) },
  ],
  [
    '$rename moves a value',
    { a: { b: 1 }, c: 2 },
    { $rename: { 'a.b': 'd', c: 'a.e' } },
    { a: { e: 2 }, d: 1 },
  ],
  ['$rename of a missing field does nothing', { a: 1 }, { $rename: { x: 'a' } }, { a: 1 }],
  ['$rename replaces an existing field', { a: 1, b: 2 }, { $rename: { a: 'b' } }, { b: 1 }],
  [
    '$bit combines bits',
    { a: int(13), b: int(3) },
    { $bit: { a: { and: int(10) }, b: { or: int(4) }, c: { xor: int(5) } } },
    { a: int(8), b: int(7), c: int(5) },
  ],
  ['$bit with a long is a long', { a: int(1) }, { $bit: { a: { or: long(2) } } }, { a: long(3) }],
  ['a replacement keeps the _id and no other field', { _id: 1, a: 1 }, { b: 2 }, { _id: 1, b: 2 }],
  ['a replacement may repeat the _id', { _id: 1, a: 1 }, { b: 2, _id: 1 }, { _id: 1, b: 2 }],
  [
    'a pipeline computes from the document',
    { _id: 1, a: 2, b: 3 },
    [{ $set: { sum: { $add: ['$a', '$b'] } } }, { $unset: 'b' }],
    { _id: 1, a: 2, sum: 5 },
  ],
  [
    'a pipeline keeps the types of untouched numbers',
    { _id: 1, a: long(1), b: double('2.0') },
    [{ $set: { c: 'x' } }],
    { _id: 1, a: long(1), b: double('2.0'), c: 'x' },
  ],
];

const REFUSED: RefusedUpdate[] = [
  ['two operators change the same field', {}, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ['two operators change a field and its parent', {}, { $set: { 'a.b': 1 }, $unset: { a: '' } }, 40],
  ['the operator is unknown', {}, { $frob: { a: 1 } }, 9],
  ['an operator has no document as operand', {}, { $set: 1 }, 9],
  ['the path is empty', {}, { $set: { '': 1 } }, 56],
  ['the path contains an empty step', {}, { $set: { 'a..b': 1 } }, 56],
  ['the path starts with $', {}, { $set: { $a: 1 } }, 52],
  ['$set goes through a scalar', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
  ['$set names a field of an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
  ['$inc has an operand that is not a number', {}, { $inc: { a: 'x' } }, 14],
  ['$inc applies to a string', { a: 'x' }, { $inc: { a: 1 } }, 14],
  ['$inc overflows a long', { a: long('9223372036854775807') }, { $inc: { a: 1 } }, 2],
  ['$rename has the same source and target', { a: 1 }, { $rename: { a: 'a' } }, 2],
  ['$bit has a double', { a: 1 }, { $bit: { a: { and: double(1.5) } } }, 2],
  ['$currentDate has an unknown type', {}, { $currentDate: { a: { $type: 'day' } } }, 2],
  ['an operator changes the _id', { _id: 1 }, { $set: { _id: 2 } }, 66],
  ['an operator removes the _id', { _id: 1 }, { $unset: { _id: '' } }, 66],
  ['a replacement changes the _id', { _id: 1 }, { _id: 2 }, 66],
  ['a pipeline changes the _id', { _id: 1 }, [{ $set: { _id: 2 } }], 66],
  ['a pipeline contains a stage that is not allowed', {}, [{ $match: {} }], 72],
];

describe('update', () => {
  it.each(CASES)('%s', (_, before, spec, after, options = {}) => {
    const result = applied(before, spec, options);
    expect(result).toEqual(canonical(after));
    expect(Object.keys(result)).toEqual(Object.keys(after));
  });

  it.each(REFUSED)('is refused if %s', (_, before, spec, code, options = {}) => {
    expect(() => applied(before, spec, options)).toThrow(expect.objectContaining({ code }));
  });

  it('$currentDate sets the current date or a timestamp', () => {
    const before = Date.now();
    const result = EJSON.deserialize(
      applied({}, { $currentDate: { a: true, 'b.c': { $type: 'date' }, d: { $type: 'timestamp' } } }),
      { relaxed: false },
    ) as { a: Date; b: { c: Date }; d: { high: number; constructor: { name: string } } };
    for (const date of [result.a, result.b.c]) {
      expect(date.getTime()).toBeGreaterThanOrEqual(before);
      expect(date.getTime()).toBeLessThanOrEqual(Date.now());
    }
    expect(result.d.constructor.name).toBe('Timestamp');
    expect(Math.abs(result.d.high - before / 1000)).toBeLessThan(5);
  });

  it('a document whose first field starts with $ is no replacement', () => {
    expect([
      isReplacement({ a: 1 }),
      isReplacement({}),
      isReplacement({ $set: {} }),
      isReplacement([]),
    ]).toEqual([true, true, false, false]);
  });
});
