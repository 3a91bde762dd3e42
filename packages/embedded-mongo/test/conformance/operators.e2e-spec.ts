import { ConformanceDatabase } from '../support/conformance-database.js';

/** Each row: the document, the update, and the result according to MongoDB's manual. */
const DOCUMENTED: [name: string, before: object, update: object, after: object, options?: object][] = [
  [
    '$set creates missing parent documents',
    { a: 1 },
    { $set: { 'b.c': 2, 'd.0': 3 } },
    { a: 1, b: { c: 2 }, d: { 0: 3 } },
  ],
  [
    '$set beyond the end of an array pads it with nulls',
    { a: [1] },
    { $set: { 'a.3': 4 } },
    { a: [1, null, null, 4] },
  ],
  [
    '$unset of an array element sets it to null',
    { a: [1, 2], b: 1 },
    { $unset: { 'a.0': '', b: '' } },
    { a: [null, 2] },
  ],
  ['$inc of a missing field sets it', {}, { $inc: { n: 5 } }, { n: 5 }],
  ['$mul of a missing field sets it to zero', { a: 2 }, { $mul: { a: 2.5, b: 3 } }, { a: 5, b: 0 }],
  [
    '$min and $max keep the smaller and the larger value',
    { a: 5, b: 5 },
    { $min: { a: 3, b: 9, c: 1 }, $max: { d: 2 } },
    { a: 3, b: 5, c: 1, d: 2 },
  ],
  [
    '$rename moves fields',
    { a: 1, c: { d: 2 } },
    { $rename: { a: 'b', 'c.d': 'e', x: 'y' } },
    { c: {}, b: 1, e: 2 },
  ],
  ['$bit combines bits', { a: 13 }, { $bit: { a: { and: 10 } } }, { a: 8 }],
  ['$push appends a value', { a: [1] }, { $push: { a: 2, b: 3 } }, { a: [1, 2], b: [3] }],
  ['$push appends an array as one element', { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
  [
    '$push $each $position inserts at a position',
    { a: [1, 4] },
    { $push: { a: { $each: [2, 3], $position: 1 } } },
    { a: [1, 2, 3, 4] },
  ],
  [
    '$push with a negative $position counts from the end',
    { a: [1, 3] },
    { $push: { a: { $each: [2], $position: -1 } } },
    { a: [1, 2, 3] },
  ],
  [
    '$push sorts documents before it slices',
    { a: [{ s: 3 }] },
    { $push: { a: { $each: [{ s: 1 }, { s: 2 }], $sort: { s: -1 }, $slice: 2 } } },
    { a: [{ s: 3 }, { s: 2 }] },
  ],
  [
    '$push with a negative $slice keeps the last elements',
    { a: [1, 2] },
    { $push: { a: { $each: [3], $slice: -2 } } },
    { a: [2, 3] },
  ],
  ['$push sorts values', { a: [3] }, { $push: { a: { $each: [1, 2], $sort: 1 } } }, { a: [1, 2, 3] }],
  [
    '$addToSet adds only missing values',
    { a: [1] },
    { $addToSet: { a: { $each: [1, 2, 2] }, b: 'x' } },
    { a: [1, 2], b: ['x'] },
  ],
  [
    '$addToSet compares whole documents',
    { a: [{ x: 1 }] },
    { $addToSet: { a: { x: 1, y: 2 } } },
    { a: [{ x: 1 }, { x: 1, y: 2 }] },
  ],
  [
    '$pop removes the last or the first element',
    { a: [1, 2, 3], b: [1, 2] },
    { $pop: { a: 1, b: -1 } },
    { a: [1, 2], b: [2] },
  ],
  ['$pull removes elements equal to a value', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
  [
    '$pull removes elements that meet a condition',
    { a: [1, 5, 8] },
    { $pull: { a: { $gte: 5 } } },
    { a: [1] },
  ],
  [
    '$pull removes documents that match a filter',
    {
      a: [
        { k: 1, v: 1 },
        { k: 2, v: 1 },
      ],
    },
    { $pull: { a: { k: 1 } } },
    { a: [{ k: 2, v: 1 }] },
  ],
  [
    '$pull removes elements listed in $in',
    { a: ['x', 'y', 'z'] },
    { $pull: { a: { $in: ['x', 'z'] } } },
    { a: ['y'] },
  ],
  [
    '$pull removes documents by $elemMatch in a nested array',
    { a: [{ r: [{ q: 1, a: 5 }] }, { r: [{ q: 2, a: 9 }] }] },
    { $pull: { a: { r: { $elemMatch: { q: 2, a: { $gte: 8 } } } } } },
    { a: [{ r: [{ q: 1, a: 5 }] }] },
  ],
  [
    '$pullAll removes all listed values',
    { a: [0, 2, 5, 5, 1, 0] },
    { $pullAll: { a: [0, 5] } },
    { a: [2, 1] },
  ],
  ['$[] updates every element', { a: [1, 2] }, { $inc: { 'a.$[]': 10 } }, { a: [11, 12] }],
  [
    '$[id] updates the elements that the array filter matches',
    { a: [1, 5, 9] },
    { $set: { 'a.$[big]': 0 } },
    { a: [1, 0, 0] },
    { arrayFilters: [{ big: { $gte: 5 } }] },
  ],
  [
    '$[id] updates a field of the matching documents',
    { a: [{ k: 1 }, { k: 2 }] },
    { $set: { 'a.$[e].v': true } },
    { a: [{ k: 1 }, { k: 2, v: true }] },
    { arrayFilters: [{ 'e.k': 2 }] },
  ],
  [
    '$[] and $[id] update nested arrays',
    { a: [{ b: [1, 2] }, { b: [3] }] },
    { $inc: { 'a.$[].b.$[x]': 1 } },
    { a: [{ b: [1, 3] }, { b: [4] }] },
    { arrayFilters: [{ x: { $gt: 1 } }] },
  ],
];

describe('update operators', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  it.each(DOCUMENTED)('%s', async (_, before, update, after, options = {}) => {
    const docs = database.fresh();
    await docs.insertOne({ ...before });
    await docs.updateOne({}, update, options);
    const { _id, ...found } = await docs.findOne({});
    expect(found).toEqual(after);
  });
});
