import mongoose from 'mongoose';
import { EmbeddedDatabase, refusal } from './support/embedded-database';

const { ObjectId } = mongoose.mongo;

/** Each row: the document, the update, what MongoDB's manual says comes out. */
const DOCUMENTED: [name: string, before: object, update: object, after: object, options?: object][] = [
  ['$set creates paths', { a: 1 }, { $set: { 'b.c': 2, 'd.0': 3 } }, { a: 1, b: { c: 2 }, d: { 0: 3 } }],
  ['$set pads an array', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
  [
    '$unset keeps the length of an array',
    { a: [1, 2], b: 1 },
    { $unset: { 'a.0': '', b: '' } },
    { a: [null, 2] },
  ],
  ['$inc starts at nothing', {}, { $inc: { n: 5 } }, { n: 5 }],
  ['$mul of nothing is zero', { a: 2 }, { $mul: { a: 2.5, b: 3 } }, { a: 5, b: 0 }],
  [
    '$min and $max',
    { a: 5, b: 5 },
    { $min: { a: 3, b: 9, c: 1 }, $max: { d: 2 } },
    { a: 3, b: 5, c: 1, d: 2 },
  ],
  ['$rename', { a: 1, c: { d: 2 } }, { $rename: { a: 'b', 'c.d': 'e', x: 'y' } }, { c: {}, b: 1, e: 2 }],
  ['$bit', { a: 13 }, { $bit: { a: { and: 10 } } }, { a: 8 }],
  ['$push appends', { a: [1] }, { $push: { a: 2, b: 3 } }, { a: [1, 2], b: [3] }],
  ['$push pushes an array as one', { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
  [
    '$push $each $position',
    { a: [1, 4] },
    { $push: { a: { $each: [2, 3], $position: 1 } } },
    { a: [1, 2, 3, 4] },
  ],
  [
    '$push $position from the end',
    { a: [1, 3] },
    { $push: { a: { $each: [2], $position: -1 } } },
    { a: [1, 2, 3] },
  ],
  [
    '$push $sort $slice',
    { a: [{ s: 3 }] },
    { $push: { a: { $each: [{ s: 1 }, { s: 2 }], $sort: { s: -1 }, $slice: 2 } } },
    { a: [{ s: 3 }, { s: 2 }] },
  ],
  ['$push $slice from the end', { a: [1, 2] }, { $push: { a: { $each: [3], $slice: -2 } } }, { a: [2, 3] }],
  ['$push $sort of values', { a: [3] }, { $push: { a: { $each: [1, 2], $sort: 1 } } }, { a: [1, 2, 3] }],
  ['$addToSet', { a: [1] }, { $addToSet: { a: { $each: [1, 2, 2] }, b: 'x' } }, { a: [1, 2], b: ['x'] }],
  [
    '$addToSet compares documents whole',
    { a: [{ x: 1 }] },
    { $addToSet: { a: { x: 1, y: 2 } } },
    { a: [{ x: 1 }, { x: 1, y: 2 }] },
  ],
  ['$pop', { a: [1, 2, 3], b: [1, 2] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2] }],
  ['$pull of a value', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
  ['$pull of a condition', { a: [1, 5, 8] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  [
    '$pull of documents',
    {
      a: [
        { k: 1, v: 1 },
        { k: 2, v: 1 },
      ],
    },
    { $pull: { a: { k: 1 } } },
    { a: [{ k: 2, v: 1 }] },
  ],
  ['$pull by $in', { a: ['x', 'y', 'z'] }, { $pull: { a: { $in: ['x', 'z'] } } }, { a: ['y'] }],
  [
    '$pull by $elemMatch',
    { a: [{ r: [{ q: 1, a: 5 }] }, { r: [{ q: 2, a: 9 }] }] },
    { $pull: { a: { r: { $elemMatch: { q: 2, a: { $gte: 8 } } } } } },
    { a: [{ r: [{ q: 1, a: 5 }] }] },
  ],
  ['$pullAll', { a: [0, 2, 5, 5, 1, 0] }, { $pullAll: { a: [0, 5] } }, { a: [2, 1] }],
  ['$[] changes every element', { a: [1, 2] }, { $inc: { 'a.$[]': 10 } }, { a: [11, 12] }],
  [
    '$[id] changes what the filter picks',
    { a: [1, 5, 9] },
    { $set: { 'a.$[big]': 0 } },
    { a: [1, 0, 0] },
    { arrayFilters: [{ big: { $gte: 5 } }] },
  ],
  [
    '$[id] of documents',
    { a: [{ k: 1 }, { k: 2 }] },
    { $set: { 'a.$[e].v': true } },
    { a: [{ k: 1 }, { k: 2, v: true }] },
    { arrayFilters: [{ 'e.k': 2 }] },
  ],
  [
    'nested $[]',
    { a: [{ b: [1, 2] }, { b: [3] }] },
    { $inc: { 'a.$[].b.$[x]': 1 } },
    { a: [{ b: [1, 3] }, { b: [4] }] },
    { arrayFilters: [{ x: { $gt: 1 } }] },
  ],
];

describe('updates in the embedded database', () => {
  let database: EmbeddedDatabase;

  beforeAll(async () => {
    database = await EmbeddedDatabase.start();
  });
  afterAll(() => database.close());

  it.each(DOCUMENTED)('%s', async (_, before, update, after, options = {}) => {
    const docs = await database.fresh();
    await docs.insertOne({ ...before });
    await docs.updateOne({}, update, options);
    const { _id, ...found } = await docs.findOne({});
    expect(found).toEqual(after);
  });

  it('$ is the element the filter found', async () => {
    const docs = await database.fresh();
    await docs.insertOne({
      grades: [80, 85, 85],
      items: [
        { k: 'a', n: 1 },
        { k: 'b', n: 1 },
      ],
    });
    await docs.updateOne({ grades: 85 }, { $set: { 'grades.$': 90 } });
    await docs.updateOne({ 'items.k': 'b' }, { $inc: { 'items.$.n': 5 } });
    await docs.updateOne({ items: { $elemMatch: { k: 'a', n: 1 } } }, { $set: { 'items.$.hit': true } });
    expect(await docs.findOne({}, { projection: { _id: 0 } })).toEqual({
      grades: [80, 90, 85],
      items: [
        { k: 'a', n: 1, hit: true },
        { k: 'b', n: 6 },
      ],
    });
    expect((await refusal(docs.updateOne({}, { $set: { 'grades.$': 1 } }))).code).toBe(2);
  });

  it('an upsert takes its fields from the filter and the update', async () => {
    const docs = await database.fresh();
    const first = await docs.updateOne(
      { a: 1, 'b.c': 2, n: { $gt: 5 } },
      { $set: { d: 3 }, $setOnInsert: { e: 4 } },
      { upsert: true },
    );
    expect(first).toMatchObject({ matchedCount: 0, modifiedCount: 0, upsertedCount: 1 });
    expect(await docs.findOne({ _id: first.upsertedId! })).toEqual({
      _id: first.upsertedId,
      a: 1,
      b: { c: 2 },
      d: 3,
      e: 4,
    });
    const second = await docs.updateOne(
      { a: 1 },
      { $set: { d: 5 }, $setOnInsert: { e: 9 } },
      { upsert: true },
    );
    expect(second).toMatchObject({ matchedCount: 1, modifiedCount: 1, upsertedCount: 0 });
    expect(await docs.findOne({})).toMatchObject({ d: 5, e: 4 });
    await docs.replaceOne({ _id: 'r' as never, x: 1 }, { y: 2 }, { upsert: true });
    expect(await docs.findOne({ _id: 'r' as never })).toEqual({ _id: 'r', y: 2 });
  });

  it('counts what it changed, not what it found', async () => {
    const docs = await database.fresh();
    await docs.insertMany([{ s: 1 }, { s: 2 }, { s: 2 }]);
    expect(await docs.updateMany({}, { $set: { s: 2 } })).toMatchObject({
      matchedCount: 3,
      modifiedCount: 1,
    });
    expect(await docs.updateMany({ s: 7 }, { $set: { s: 2 } })).toMatchObject({
      matchedCount: 0,
      modifiedCount: 0,
    });
    expect(await docs.deleteOne({ s: 2 })).toMatchObject({ deletedCount: 1 });
    expect(await docs.deleteMany({})).toMatchObject({ deletedCount: 2 });
  });

  it('calculates updates written as a pipeline', async () => {
    const docs = await database.fresh();
    await docs.insertOne({ a: 2, b: 3, keep: new ObjectId() });
    await docs.updateOne({}, [
      { $set: { sum: { $add: ['$a', '$b'] } } },
      { $unset: 'b' },
      { $set: { big: { $gt: ['$sum', 4] } } },
    ]);
    expect(await docs.findOne({})).toMatchObject({ a: 2, sum: 5, big: true });
    expect(await docs.findOne({ b: { $exists: true } })).toBeNull();
  });

  it('never changes an identity', async () => {
    const docs = await database.fresh();
    await docs.insertOne({ _id: 1 as never, a: 1 });
    expect(await refusal(docs.updateOne({ a: 1 }, { $set: { _id: 2 } }))).toMatchObject({ code: 66 });
    expect(await refusal(docs.replaceOne({ a: 1 }, { _id: 2, b: 1 } as never))).toMatchObject({ code: 66 });
    expect(await refusal(docs.updateOne({ a: 1 }, [{ $unset: '_id' }]))).toMatchObject({ code: 66 });
    await docs.replaceOne({ a: 1 }, { b: 1 });
    expect(await docs.findOne({})).toEqual({ _id: 1, b: 1 });
  });

  it('refuses updates that contradict themselves or the document', async () => {
    const docs = await database.fresh();
    await docs.insertOne({ a: 'text', n: 1 });
    expect(await refusal(docs.updateOne({}, { $set: { b: 1 }, $inc: { b: 1 } }))).toMatchObject({
      code: 40,
      message: "Updating the path 'b' would create a conflict at 'b'",
    });
    expect(await refusal(docs.updateOne({}, { $inc: { a: 1 } }))).toMatchObject({ code: 14 });
    expect(await refusal(docs.updateOne({}, { $set: { 'a.b': 1 } }))).toMatchObject({
      code: 28,
      message: 'Cannot create field \'b\' in element {a: "text"}',
    });
    expect(await refusal(docs.updateOne({}, { $push: { n: 1 } }))).toMatchObject({ code: 2 });
    expect(await refusal(docs.updateOne({}, { $set: { 'a.$[x]': 1 } }))).toMatchObject({ code: 2 });
    expect(await refusal(docs.updateOne({}, { $set: { a: 1 } }, { arrayFilters: [{ x: 1 }] }))).toMatchObject(
      { code: 9 },
    );
    expect(await docs.findOne({})).toMatchObject({ a: 'text', n: 1 });
  });

  it('findAndModify gives the document before or after, the first of an order, or none', async () => {
    const docs = await database.fresh();
    await docs.insertMany([
      { p: 2, n: 'b' },
      { p: 1, n: 'a' },
      { p: 3, n: 'c' },
    ]);
    expect(await docs.findOneAndUpdate({}, { $set: { seen: 1 } }, { sort: { p: 1 } })).toMatchObject({
      n: 'a',
    });
    expect(
      await docs.findOneAndUpdate(
        {},
        { $inc: { seen: 1 } },
        { sort: { p: -1 }, returnDocument: 'after', projection: { seen: 1, _id: 0 } },
      ),
    ).toEqual({ seen: 1 });
    expect(await docs.findOneAndDelete({ n: 'b' })).toMatchObject({ p: 2 });
    expect(await docs.findOneAndReplace({ n: 'c' }, { n: 'd' }, { returnDocument: 'after' })).toMatchObject({
      n: 'd',
    });
    expect(await docs.findOneAndUpdate({ n: 'none' }, { $set: { x: 1 } })).toBeNull();
    expect(
      await docs.findOneAndUpdate(
        { n: 'new' },
        { $set: { x: 1 } },
        { upsert: true, returnDocument: 'after' },
      ),
    ).toMatchObject({ n: 'new', x: 1 });
    const raw = await docs.findOneAndUpdate(
      { n: 'newer' },
      { $set: { x: 1 } },
      { upsert: true, includeResultMetadata: true },
    );
    expect(raw).toMatchObject({ value: null, lastErrorObject: { n: 1, updatedExisting: false } });
  });
});
