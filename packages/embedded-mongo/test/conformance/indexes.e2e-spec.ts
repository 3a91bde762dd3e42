import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal } from '../support/embedded-mongo.js';

describe('indexes', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  it('a duplicate key is refused with the message and fields that Mongoose parses', async () => {
    const docs = database.fresh();
    await docs.createIndex({ a: 1, 'b.c': -1 }, { unique: true });
    await docs.insertOne({ a: 1, b: { c: 'x' } });
    const error = await refusal(docs.insertOne({ a: 1, b: { c: 'x' } }));
    expect(error).toMatchObject({
      code: 11000,
      keyPattern: { a: 1, 'b.c': -1 },
      keyValue: { a: 1, 'b.c': 'x' },
    });
    expect(error.message).toBe(
      `E11000 duplicate key error collection: ${docs.namespace} index: a_1_b.c_-1 dup key: { a: 1, b.c: "x" }`,
    );
    await docs.insertOne({ a: 1, b: { c: 'y' } });
    expect((await refusal(docs.updateOne({ 'b.c': 'y' }, { $set: { 'b.c': 'x' } }))).code).toBe(11000);
    expect((await refusal(docs.insertOne({ _id: (await docs.findOne({}))._id }))).message).toContain(
      'index: _id_ dup key: { _id: ObjectId(',
    );
  });

  it('a missing field counts as null in a unique index, unless the index is sparse or partial', async () => {
    const docs = database.fresh();
    await docs.createIndex({ plain: 1 }, { unique: true });
    await docs.insertOne({ n: 1 });
    expect((await refusal(docs.insertOne({ n: 2 }))).keyValue).toEqual({ plain: null });
    const sparse = database.fresh();
    await sparse.createIndex({ s: 1 }, { unique: true, sparse: true });
    await sparse.createIndex({ p: 1 }, { unique: true, partialFilterExpression: { live: true } });
    await sparse.insertMany([{ p: 1 }, { p: 1 }, { p: 2, live: true }]);
    expect((await refusal(sparse.insertOne({ p: 2, live: true }))).code).toBe(11000);
    await sparse.insertOne({ p: 2, live: false, s: null });
    expect((await refusal(sparse.insertOne({ s: null }))).code).toBe(11000);
    expect(await sparse.countDocuments({ s: null })).toBe(4);
  });

  it('a unique index tells 50,000-character values apart by their last character', async () => {
    const docs = database.fresh();
    await docs.createIndex({ text: 1 }, { unique: true });
    const long = 'x'.repeat(50_000);
    await docs.insertMany([{ text: `${long}a` }, { text: `${long}b` }]);
    expect((await refusal(docs.insertOne({ text: `${long}a` }))).code).toBe(11000);
    expect(await docs.countDocuments({ text: `${long}b` })).toBe(1);
    expect(await docs.countDocuments({ text: { $gt: `${long}a` } })).toBe(1);
    expect((await docs.find().sort({ text: -1 }).toArray()).map(({ text }) => text.at(-1))).toEqual([
      'b',
      'a',
    ]);
    expect((await docs.findOne({ text: /^xxx/ }))!.text).toHaveLength(50_001);
  });

  it('an index covers every element of an array, and two arrays in one key are refused', async () => {
    const docs = database.fresh();
    await docs.createIndex({ tags: 1, n: 1 });
    await docs.createIndex({ 'parts.k': 1 });
    await docs.insertMany([
      { tags: ['a', 'b', 'a'], n: 1, parts: [{ k: 1 }, { k: 2 }] },
      { tags: ['b'], n: 2 },
      { tags: [], n: 3 },
      { n: 4 },
    ]);
    const b = docs.find({ tags: 'b' }).sort({ n: -1 });
    expect((await b.toArray()).map(({ n }) => n)).toEqual([2, 1]);
    expect(await docs.countDocuments({ 'parts.k': 2 })).toBe(1);
    expect(await docs.countDocuments({ tags: { $in: ['a', 'b'] } })).toBe(2);
    expect(await docs.countDocuments({ tags: null })).toBe(1);
    expect(await docs.countDocuments({ tags: [] })).toBe(1);
    expect(await refusal(docs.insertOne({ tags: [1], n: [2] }))).toMatchObject({
      code: 171,
      message: 'cannot index parallel arrays [n] [tags]',
    });
    await docs.updateOne({ n: 1 }, { $pull: { tags: 'b' } as never });
    expect(await docs.countDocuments({ tags: 'b' })).toBe(1);
  });

  it('createIndex indexes existing documents; a unique index over duplicates is refused and removed', async () => {
    const docs = await database.filled(2000, (n) => ({ n, half: n >> 1 }));
    await docs.createIndex({ n: 1 }, { unique: true });
    expect(await docs.countDocuments({ n: 77 })).toBe(1);
    expect((await refusal(docs.createIndex({ half: 1 }, { unique: true }))).code).toBe(11000);
    expect((await docs.indexes()).map(({ name }) => name)).toEqual(['_id_', 'n_1']);
    expect(await docs.countDocuments({ half: 3 })).toBe(2);
  });

  it('createIndex accepts an existing index and refuses a conflicting one; dropIndex needs an existing one', async () => {
    const docs = database.fresh();
    await docs.createIndex({ a: 1 });
    await docs.createIndex({ a: 1 });
    expect(await refusal(docs.createIndex({ a: 1 }, { name: 'other' }))).toMatchObject({ code: 85 });
    expect(await refusal(docs.createIndex({ b: 1 }, { name: 'a_1' }))).toMatchObject({ code: 86 });
    expect(await refusal(docs.createIndex({ a: 1 }, { unique: true }))).toMatchObject({ code: 86 });
    expect(await refusal(docs.dropIndex('none'))).toMatchObject({ code: 27 });
    await docs.dropIndex('a_1');
    expect(await docs.indexes()).toHaveLength(1);
  });

  it('a TTL index removes expired documents and keeps all others', async () => {
    const docs = database.fresh();
    await docs.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    const now = Date.now();
    await docs.insertMany([
      { k: 'old', at: new Date(now - 70_000) },
      { k: 'young', at: new Date(now) },
      { k: 'text', at: 'never' },
      { k: 'none' },
      { k: 'list', at: [new Date(now), new Date(now - 70_000)] },
    ]);
    // MongoDB looks for expired documents once a minute.
    const deadline = Date.now() + 100_000;
    while (Date.now() < deadline && (await docs.countDocuments()) > 3)
      await new Promise((r) => setTimeout(r, 50));
    expect((await docs.find().sort({ k: 1 }).toArray()).map(({ k }) => k)).toEqual(['none', 'text', 'young']);
  });
});
