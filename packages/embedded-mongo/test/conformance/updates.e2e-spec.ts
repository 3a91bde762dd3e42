import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal } from '../support/embedded-mongo.js';

const { ObjectId } = mongoose.mongo;

describe('updates', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  it('$ is the array element that the filter matched', async () => {
    const docs = database.fresh();
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

  it('an upsert takes its fields from the equality conditions of the filter and from the update', async () => {
    const docs = database.fresh();
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

  it('modifiedCount counts changed documents, matchedCount counts matches', async () => {
    const docs = database.fresh();
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

  it('an update pipeline computes fields from other fields', async () => {
    const docs = database.fresh();
    await docs.insertOne({ a: 2, b: 3, keep: new ObjectId() });
    await docs.updateOne({}, [
      { $set: { sum: { $add: ['$a', '$b'] } } },
      { $unset: 'b' },
      { $set: { big: { $gt: ['$sum', 4] } } },
    ]);
    expect(await docs.findOne({})).toMatchObject({ a: 2, sum: 5, big: true });
    expect(await docs.findOne({ b: { $exists: true } })).toBeNull();
  });

  it('an update that changes the _id is refused; a replacement or pipeline without one keeps it', async () => {
    const docs = database.fresh();
    await docs.insertOne({ _id: 1 as never, a: 1 });
    expect(await refusal(docs.updateOne({ a: 1 }, { $set: { _id: 2 } }))).toMatchObject({ code: 66 });
    expect(await refusal(docs.replaceOne({ a: 1 }, { _id: 2, b: 1 } as never))).toMatchObject({ code: 66 });
    expect(await refusal(docs.updateOne({ a: 1 }, [{ $set: { _id: 2 } }]))).toMatchObject({ code: 66 });
    // MongoDB's own pipeline_executor_test.cpp, IdFieldIsNotRemoved.
    await docs.updateOne({ a: 1 }, [{ $unset: '_id' }]);
    expect(await docs.findOne({})).toEqual({ _id: 1, a: 1 });
    await docs.replaceOne({ a: 1 }, { b: 1 });
    expect(await docs.findOne({})).toEqual({ _id: 1, b: 1 });
  });

  it('an update that conflicts with itself or with the document is refused', async () => {
    const docs = database.fresh();
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
    expect(await refusal(docs.updateOne({}, { $push: { n: 1 } as never }))).toMatchObject({ code: 2 });
    expect(await refusal(docs.updateOne({}, { $set: { 'a.$[x]': 1 } }))).toMatchObject({ code: 2 });
    expect(await refusal(docs.updateOne({}, { $set: { a: 1 } }, { arrayFilters: [{ x: 1 }] }))).toMatchObject(
      { code: 9 },
    );
    expect(await docs.findOne({})).toMatchObject({ a: 'text', n: 1 });
  });

  it('findOneAndUpdate, -Replace and -Delete return the document before or after, the first in sort order, or null', async () => {
    const docs = database.fresh();
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
