import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal, type Collection } from '../support/embedded-mongo.js';

const { Double, Long } = mongoose.mongo;

describe('$out and $merge', () => {
  let database: ConformanceDatabase;
  let source: Collection;
  let target: Collection;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  beforeEach(async () => {
    source = database.fresh();
    target = database.fresh();
    await source.insertMany([
      { _id: 1, x: 11 },
      { _id: 2, x: 22 },
      { _id: 3, x: 33 },
    ]);
  });
  afterAll(() => database.close());

  const out = (stages: object[] = []) =>
    source.aggregate([...stages, { $out: target.collectionName }]).toArray();
  const merge = (options: object, stages: object[] = []) =>
    source.aggregate([...stages, { $merge: { into: target.collectionName, ...options } }]).toArray();
  const stored = () => target.find().sort({ _id: 1 }).toArray();

  it('$out creates a collection, also in another database, and returns no documents', async () => {
    expect(await out([{ $match: { _id: { $gt: 1 } } }])).toEqual([]);
    expect(await stored()).toEqual([
      { _id: 2, x: 22 },
      { _id: 3, x: 33 },
    ]);
    const elsewhere = database.client.db(`${database.db.databaseName}-2`);
    await source.aggregate([{ $out: { db: elsewhere.databaseName, coll: 'other' } }]).toArray();
    expect(await elsewhere.collection('other').countDocuments()).toBe(3);
    await elsewhere.dropDatabase();
  });

  it('$out replaces a whole collection, also its own source, and keeps the indexes', async () => {
    await target.createIndex({ x: 1 }, { unique: true });
    await target.insertOne({ _id: 'old', x: 0 });
    await out([{ $project: { x: { $add: ['$x', 1] } } }]);
    expect((await stored()).map(({ x }) => x)).toEqual([12, 23, 34]);
    expect((await target.indexes()).map(({ name }) => name)).toEqual(['_id_', 'x_1']);
    expect((await refusal(target.insertOne({ x: 12 }))).code).toBe(11000);
    await target.aggregate([{ $match: { x: 12 } }, { $out: target.collectionName }]).toArray();
    expect(await stored()).toEqual([{ _id: 1, x: 12 }]);
  });

  it('$out that fails keeps the old collection and leaves no temporary one', async () => {
    await target.createIndex({ x: 1 }, { unique: true });
    await target.insertOne({ _id: 'old', x: 0 });
    expect((await refusal(out([{ $set: { x: 5 } }]))).code).toBe(11000);
    expect(await stored()).toEqual([{ _id: 'old', x: 0 }]);
    const names = (await database.db.listCollections().toArray()).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });

  it('$out and $merge keep the types of numbers they pass through', async () => {
    await source.insertOne({ _id: 4, long: Long.fromNumber(4), double: new Double(4), in: [new Double(1)] });
    await out([{ $match: { _id: 4 } }, { $set: { added: 1 } }]);
    const types = { double: { $type: 'double' }, long: { $type: 'long' }, in: { $type: 'double' } };
    expect(await target.countDocuments({ ...types, added: 1 })).toBe(1);
    await target.deleteMany({});
    await merge({}, [{ $sort: { _id: -1 } }, { $limit: 1 }]);
    expect(await target.countDocuments(types)).toBe(1);
  });

  it('$merge inserts new documents and merges existing ones by default', async () => {
    await target.insertMany([{ _id: 2, x: 0, own: true }]);
    expect(await merge({})).toEqual([]);
    expect(await stored()).toEqual([
      { _id: 1, x: 11 },
      { _id: 2, x: 22, own: true },
      { _id: 3, x: 33 },
    ]);
  });

  it.each([
    [
      'replace',
      'insert',
      [
        { _id: 1, x: 11 },
        { _id: 2, x: 22 },
        { _id: 3, x: 33 },
      ],
    ],
    ['replace', 'discard', [{ _id: 2, x: 22 }]],
    [
      'keepExisting',
      'insert',
      [
        { _id: 1, x: 11 },
        { _id: 2, own: 1 },
        { _id: 3, x: 33 },
      ],
    ],
    ['merge', 'discard', [{ _id: 2, own: 1, x: 22 }]],
    [[{ $set: { sum: { $add: ['$own', '$$new.x'] } } }], 'discard', [{ _id: 2, own: 1, sum: 23 }]],
  ])('$merge with whenMatched %j and whenNotMatched %s', async (whenMatched, whenNotMatched, expected) => {
    await target.insertOne({ _id: 2, own: 1 });
    await merge({ whenMatched, whenNotMatched });
    expect(await stored()).toEqual(expected);
  });

  it("$merge in mode fail, and with invalid options, is refused with MongoDB's codes", async () => {
    await target.insertOne({ _id: 2 });
    const twice = await refusal(merge({ whenMatched: 'fail' }));
    expect(twice).toMatchObject({
      code: 11000,
      errorResponse: { keyPattern: { _id: 1 }, keyValue: { _id: 2 } },
    });
    expect((await refusal(merge({ whenNotMatched: 'fail' }))).code).toBe(13113);
    expect((await refusal(merge({ whenMatched: 'fail', whenNotMatched: 'fail' }))).code).toBe(51181);
    expect((await refusal(merge({ whenMatched: 'merge', let: { a: 1 } }))).code).toBe(51199);
    expect((await refusal(merge({ whenMatched: 'frob' }))).code).toBe(2);
    expect((await refusal(merge({ frob: 1 }))).code).toBe(40415);
    expect((await refusal(merge({ on: 'x' }))).code).toBe(51183);
  });

  it('$merge matches by other fields if a unique index covers them', async () => {
    await target.createIndex({ x: 1, y: 1 }, { unique: true });
    await target.insertOne({ _id: 'a', x: 11, y: 1, own: 1 });
    const joined = [{ $project: { _id: 0, x: 1, y: { $literal: 1 } } }];
    const total = { $set: { n: '$$n', x2: '$$new.x' } };
    await merge(
      { on: ['y', 'x'], let: { n: { $add: ['$x', 1] }, new: '$$ROOT' }, whenMatched: [total] },
      joined,
    );
    expect(await target.findOne({ x: 11 })).toEqual({ _id: 'a', x: 11, y: 1, own: 1, n: 12, x2: 11 });
    expect(await target.countDocuments()).toBe(3);
    const changesId = merge({ on: ['x', 'y'], whenMatched: 'replace' }, [{ $set: { y: 1 } }]);
    expect((await refusal(changesId)).code).toBe(66);
  });

  it('$merge into its own source reads no document twice', async () => {
    const copies = [{ $project: { x: 1, _id: { $concat: ['copy-', { $toString: '$_id' }] } } }];
    await source.aggregate([...copies, { $merge: source.collectionName }]).toArray();
    expect(await source.countDocuments()).toBe(6);
  });

  it('$documents is the input of a pipeline without a collection', async () => {
    await database.db
      .aggregate([{ $documents: [{ _id: 7, x: 1 }] }, { $merge: target.collectionName }])
      .toArray();
    expect(await stored()).toEqual([{ _id: 7, x: 1 }]);
  });

  it('$out and $merge are refused anywhere but at the end of the outer pipeline', async () => {
    for (const stage of [{ $out: target.collectionName }, { $merge: target.collectionName }]) {
      const code = async (pipeline: object[]) => (await refusal(source.aggregate(pipeline).toArray())).code;
      expect(await code([stage, { $match: {} }])).toBe(40601);
      expect(await code([{ $facet: { a: [stage] } }])).toBe(40600);
      expect(await code([{ $lookup: { from: 'a', as: 'b', pipeline: [stage] } }])).toBe(51047);
      expect(await code([{ $unionWith: { coll: 'a', pipeline: [stage] } }])).toBe(31441);
    }
    expect(await stored()).toEqual([]);
  });
});
