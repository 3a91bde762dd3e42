import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal } from '../support/embedded-mongo.js';

const { ObjectId, Long, Double, Decimal128, Binary, Timestamp } = mongoose.mongo;

describe('documents and cursors', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  it('every BSON type is returned as it was stored', async () => {
    const things = database.fresh();
    const doc = {
      _id: new ObjectId(),
      int: 1,
      double: 1.5,
      big: 5_000_000_000,
      long: Long.fromString('9007199254740993'),
      decimal: Decimal128.fromString('0.1'),
      text: 'ünïcödé \u0000 end',
      date: new Date(0),
      yes: true,
      nothing: null,
      bytes: new Binary(Buffer.from([1, 2, 3])),
      stamp: new Timestamp({ t: 1, i: 2 }),
      regex: /a.b/i,
      list: [1, [2, { deep: 'er' }]],
    };
    await things.insertOne(doc);
    await things.updateOne({}, { $set: { touched: true } });
    const { touched, ...found } = await things.findOne({}, { promoteLongs: true });
    expect(touched).toBe(true);
    expect(found.decimal.toString()).toBe('0.1');
    expect(found.long.toString()).toBe('9007199254740993');
    expect({ ...found, decimal: doc.decimal, long: doc.long }).toEqual(doc);
  });

  it('updates keep the types of numbers', async () => {
    const numbers = database.fresh();
    await numbers.insertOne({ int: 1, double: new Double(2), long: Long.fromNumber(3), max: 2147483647 });
    await numbers.updateOne({}, { $inc: { int: 1, double: 1, long: 1, max: 1 } });
    const found = await numbers.findOne({}, { promoteValues: false, projection: { _id: 0 } });
    expect(found.int._bsontype).toBe('Int32');
    expect(found.double._bsontype).toBe('Double');
    expect(found.long._bsontype).toBe('Long');
    expect(found.max._bsontype).toBe('Long');
    expect(found.max.toString()).toBe('2147483648');
  });

  it('find returns documents in batches of the requested size', async () => {
    const many = database.fresh();
    await many.insertMany(Array.from({ length: 350 }, (_, n) => ({ n })));
    const found = await database.db.command({ find: many.collectionName, batchSize: 100, sort: { n: 1 } });
    expect(found.cursor.firstBatch).toHaveLength(100);
    const more = await database.db.command({
      getMore: found.cursor.id,
      collection: many.collectionName,
      batchSize: 200,
    });
    expect(more.cursor.nextBatch.map(({ n }: { n: number }) => n)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 100),
    );
    const last = await database.db.command({ getMore: found.cursor.id, collection: many.collectionName });
    expect(last.cursor.nextBatch).toHaveLength(50);
    expect(Number(last.cursor.id)).toBe(0);
    expect((await many.find().batchSize(7).toArray()).length).toBe(350);
    expect((await many.find().skip(340).limit(20).toArray()).length).toBe(10);
    expect(Number((await database.db.command({ find: many.collectionName, limit: 3 })).cursor.id)).toBe(0);
    expect(
      Number(
        (await database.db.command({ find: many.collectionName, batchSize: 3, singleBatch: true })).cursor.id,
      ),
    ).toBe(0);
  });

  it('getMore fails after the cursor was killed', async () => {
    const many = database.fresh();
    await many.insertMany(Array.from({ length: 10 }, (_, n) => ({ n })));
    const { cursor } = await database.db.command({ find: many.collectionName, batchSize: 2 });
    const killed = await database.db.command({ killCursors: many.collectionName, cursors: [cursor.id] });
    expect(killed.cursorsKilled).toHaveLength(1);
    const error = await refusal(database.db.command({ getMore: cursor.id, collection: many.collectionName }));
    expect(error).toMatchObject({ code: 43, codeName: 'CursorNotFound' });
  });

  it('a batch holds at most 16 MiB', async () => {
    const large = database.fresh();
    for (let n = 0; n < 5; n++) await large.insertOne({ n, pad: Buffer.alloc(6_000_000) });
    const { cursor } = await database.db.command({ find: large.collectionName });
    expect(cursor.firstBatch).toHaveLength(2);
    expect(await large.find().toArray()).toHaveLength(5);
  });

  it('a document above 16 MiB is refused with code 10334', async () => {
    const large = database.fresh();
    const tooLarge = { _id: 1, pad: 'x'.repeat(16 * 1024 * 1024) };
    const answer = await database.db.command({ insert: large.collectionName, documents: [tooLarge] });
    expect(answer.writeErrors[0]).toMatchObject({ index: 0, code: 10334 });
    await large.insertOne({ _id: 2 as never, pad: 'x'.repeat(10_000_000) });
    const grown = await refusal(
      large.updateOne({ _id: 2 as never }, { $set: { more: 'x'.repeat(10_000_000) } }),
    );
    expect(grown.code).toBe(10334);
    expect(await large.countDocuments()).toBe(1);
  });

  it('insertMany stops at a failed document if ordered, and continues if unordered', async () => {
    const some = database.fresh();
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as never[];
    const stopped = await refusal(some.insertMany(documents, { ordered: true }));
    expect(stopped).toMatchObject({ code: 11000, insertedCount: 1 });
    const went = await refusal(
      some.insertMany([{ _id: 1 }, { _id: 3 }, { _id: 2 }] as never[], { ordered: false }),
    );
    expect(went.insertedCount).toBe(2);
    expect(went.writeErrors[0].index).toBe(0);
  });

  it('an unacknowledged write is stored', async () => {
    const some = database.fresh();
    await some.insertOne({ quiet: true }, { writeConcern: { w: 0 } });
    for (let i = 0; i < 50 && (await some.countDocuments()) === 0; i++)
      await new Promise((r) => setTimeout(r, 10));
    expect(await some.countDocuments()).toBe(1);
  });

  it("unknown commands, options, operators and stages are refused with MongoDB's codes", async () => {
    const { db } = database;
    const codeOf = async (promise: Promise<unknown>): Promise<number> => (await refusal(promise)).code;
    expect(await codeOf(db.command({ frobnicate: 1 }))).toBe(59);
    expect(await codeOf(db.command({ find: 'x', frob: 1 }))).toBe(40415);
    const x = database.fresh();
    expect(await codeOf(x.find({ a: { $frob: 1 } }).toArray())).toBe(2);
    expect(await codeOf(x.aggregate([{ $frob: 1 }]).toArray())).toBe(40324);
    expect(await codeOf(x.updateOne({}, { $frob: { a: 1 } } as never))).toBe(9);
  });
});
