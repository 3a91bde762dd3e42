import {
  applied,
  canonical,
  double,
  int,
  type RefusedUpdate,
  type UpdateCase,
} from '../../test/support/apply-update.js';

const CASES: UpdateCase[] = [
  [
    '$push appends to an array and creates a missing one',
    { a: [1] },
    { $push: { a: 2, b: 3 } },
    { a: [1, 2], b: [3] },
  ],
  ['$push appends an array as one element', { a: [] }, { $push: { a: [1, 2] } }, { a: [[1, 2]] }],
  ['$push $each appends every element', { a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
  [
    '$push $position inserts',
    { a: [1, 4] },
    { $push: { a: { $each: [2, 3], $position: 1 } } },
    { a: [1, 2, 3, 4] },
  ],
  [
    '$push $position beyond the end appends',
    { a: [1] },
    { $push: { a: { $each: [2], $position: 9 } } },
    { a: [1, 2] },
  ],
  [
    '$push with a negative $position counts from the end',
    { a: [1, 3] },
    { $push: { a: { $each: [2], $position: -1 } } },
    { a: [1, 2, 3] },
  ],
  [
    '$push $sort sorts documents by a field',
    { a: [{ s: 3 }, { s: 1 }] },
    { $push: { a: { $each: [{ s: 2 }], $sort: { s: 1 } } } },
    { a: [{ s: 1 }, { s: 2 }, { s: 3 }] },
  ],
  [
    '$push $sort sorts by a dotted path, descending',
    { a: [{ s: { t: 1 } }] },
    { $push: { a: { $each: [{ s: { t: 2 } }], $sort: { 's.t': -1 } } } },
    { a: [{ s: { t: 2 } }, { s: { t: 1 } }] },
  ],
  [
    '$push $sort sorts values of different types',
    { a: ['x', 2] },
    { $push: { a: { $each: [null], $sort: 1 } } },
    { a: [null, 2, 'x'] },
  ],
  [
    '$push sorts before it slices',
    { a: [3] },
    { $push: { a: { $each: [1, 2], $sort: 1, $slice: 2 } } },
    { a: [1, 2] },
  ],
  [
    '$push with a negative $slice keeps the last',
    { a: [1, 2] },
    { $push: { a: { $each: [3], $slice: -2 } } },
    { a: [2, 3] },
  ],
  ['$push $slice: 0 empties the array', { a: [1] }, { $push: { a: { $each: [2], $slice: 0 } } }, { a: [] }],
  [
    '$addToSet adds a value only once',
    { a: [1] },
    { $addToSet: { a: { $each: [1, 2, 2] }, b: 3 } },
    { a: [1, 2], b: [3] },
  ],
  [
    '$addToSet treats equal numbers of different types as the same',
    { a: [int(1)] },
    { $addToSet: { a: double('1.0') } },
    { a: [int(1)] },
  ],
  [
    '$addToSet compares documents with their field order',
    { a: [{ x: 1, y: 2 }] },
    { $addToSet: { a: { y: 2, x: 1 } } },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    },
  ],
  [
    '$pop removes the last or the first element',
    { a: [1, 2, 3], b: [1, 2], c: [] },
    { $pop: { a: 1, b: -1, c: 1, d: 1 } },
    { a: [1, 2], b: [2], c: [] },
  ],
  ['$pull removes equal values', { a: [1, 2, 1] }, { $pull: { a: 1, b: 1 } }, { a: [2] }],
  [
    '$pull removes elements that meet a condition',
    { a: [1, 5, 8] },
    { $pull: { a: { $gte: 5, $lt: 8 } } },
    { a: [1, 8] },
  ],
  [
    '$pull removes documents that match a filter',
    { a: [{ k: 1, v: 1 }, { k: 2, v: 1 }, 1] },
    { $pull: { a: { k: 1, v: { $lt: 5 } } } },
    { a: [{ k: 2, v: 1 }, 1] },
  ],
  [
    '$pull removes elements by $in',
    { a: ['x', 'y', 'z'] },
    { $pull: { a: { $in: ['x', 'z'] } } },
    { a: ['y'] },
  ],
  [
    '$pull removes an array only if it is equal',
    { a: [[1, 2], [2, 1], 1] },
    { $pull: { a: [1, 2] } },
    { a: [[2, 1], 1] },
  ],
  [
    '$pull removes strings by a regular expression',
    { a: ['ab', 'ba', 1] },
    { $pull: { a: { $regularExpression: { pattern: '^a', options: '' } } } },
    { a: ['ba', 1] },
  ],
  [
    '$pullAll removes all listed values',
    { a: [0, 2, 5, 5, 1, 0] },
    { $pullAll: { a: [0, 5] } },
    { a: [2, 1] },
  ],
  [
    '$[] updates every element',
    { a: [{ n: 1 }, { n: 2 }] },
    { $inc: { 'a.$[].n': 10 } },
    { a: [{ n: 11 }, { n: 12 }] },
  ],
  [
    '$[identifier] updates matching elements',
    { a: [1, 5, 9] },
    { $set: { 'a.$[big]': 0 } },
    { a: [1, 0, 0] },
    { arrayFilters: [{ big: { $gte: 5 } }] },
  ],
  [
    '$ updates the matched element',
    { a: [1, 5, 9] },
    { $set: { 'a.$': 0 } },
    { a: [1, 0, 9] },
    { filter: { a: 5 } },
  ],
  [
    '$ refers to the array before the update',
    { a: [1, 2] },
    { $set: { 'a.$': 9 }, $inc: { n: 1 } },
    { a: [1, 9], n: 1 },
    { filter: { a: 2 } },
  ],
];

const REFUSED: RefusedUpdate[] = [
  ['$push applies to a scalar', { a: 1 }, { $push: { a: 1 } }, 2],
  ['$push has an unknown modifier', { a: [] }, { $push: { a: { $each: [1], $frob: 1 } } }, 2],
  ['$addToSet applies to a scalar', { a: 1 }, { $addToSet: { a: 1 } }, 2],
  ['$pop applies to a scalar', { a: 1 }, { $pop: { a: 1 } }, 14],
  ['$pop has an operand other than 1 and -1', { a: [1] }, { $pop: { a: 2 } }, 9],
  ['$pull applies to a scalar', { a: 1 }, { $pull: { a: 1 } }, 2],
  ['$pullAll has no array', { a: [1] }, { $pullAll: { a: 1 } }, 2],
  ['an array filter is not used', { a: 1 }, { $set: { a: 1 } }, 9, { arrayFilters: [{ x: 1 }] }],
  ['a replacement has array filters', { a: 1 }, { a: 1 }, 9, { arrayFilters: [{ x: 1 }] }],
];

describe('array update', () => {
  it.each(CASES)('%s', (_, before, spec, after, options = {}) => {
    const result = applied(before, spec, options);
    expect(result).toEqual(canonical(after));
    expect(Object.keys(result)).toEqual(Object.keys(after));
  });

  it.each(REFUSED)('is refused if %s', (_, before, spec, code, options = {}) => {
    expect(() => applied(before, spec, options)).toThrow(expect.objectContaining({ code }));
  });
});
