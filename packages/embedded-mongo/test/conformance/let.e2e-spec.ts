import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal, type Collection } from '../support/embedded-mongo.js';

const { Double, Int32, Long, ObjectId, UUID } = mongoose.mongo;

const named = { $expr: { $eq: ['$name', '$$name'] } };
const variables = { name: 'a', x: 1, y: { $literal: '$y' }, z: { $add: [1, 2] } };
const taken = [{ $set: { x: '$$x', y: '$$y', z: '$$z' } }];
const changed = { _id: 1, name: 'a', x: 1, y: '$y', z: 3 };

describe('let variables, _id values and sort of updates', () => {
  let database: ConformanceDatabase;
  let docs: Collection;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  beforeEach(async () => {
    docs = database.fresh();
    await docs.insertMany([
      { _id: 1, name: 'a' },
      { _id: 2, name: 'b' },
      { _id: 3, name: 'a' },
    ]);
  });
  afterAll(() => database.close());

  const ids = async (): Promise<unknown[]> =>
    (await docs.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);

  it('find accepts variables in its filter, projection and explain', async () => {
    const options = { let: variables, sort: { _id: -1 }, projection: { z: '$$z' } } as const;
    expect(await docs.find(named, options).toArray()).toEqual([
      { _id: 3, z: 3 },
      { _id: 1, z: 3 },
    ]);
    const { executionStats } = (await docs.find(named, options).explain('executionStats')) as any;
    expect(executionStats.nReturned).toBe(2);
    const counted = [{ $match: named }, { $count: 'n' }];
    expect(await docs.aggregate(counted, { let: variables }).toArray()).toEqual([{ n: 2 }]);
  });

  it('updateOne and updateMany accept variables in filter and pipeline', async () => {
    await docs.updateOne({ ...named, _id: 1 }, taken, { let: variables });
    expect(await docs.findOne({ _id: 1 })).toEqual(changed);
    expect(await docs.updateMany(named, taken, { let: variables })).toMatchObject({
      matchedCount: 2,
      modifiedCount: 1,
    });
    expect(await docs.findOne({ _id: 2 })).toEqual({ _id: 2, name: 'b' });
    await docs.updateOne({ _id: 4, ...named }, taken, { let: variables, upsert: true });
    expect(await docs.findOne({ _id: 4 })).toEqual({ _id: 4, x: 1, y: '$y', z: 3 });
  });

  it('deleteOne and deleteMany accept variables in their filter', async () => {
    await docs.deleteOne(named, { let: variables } as object);
    expect((await ids()).length).toBe(2);
    await docs.deleteMany(named, { let: variables } as object);
    expect(await ids()).toEqual([2]);
  });

  it('findOneAndUpdate, findOneAndReplace and findOneAndDelete accept variables', async () => {
    const options = { let: variables, sort: { _id: 1 }, returnDocument: 'after' } as const;
    expect(await docs.findOneAndUpdate(named, taken, options)).toEqual(changed);
    expect(await docs.findOneAndReplace(named, { name: 'c' }, options)).toEqual({ _id: 1, name: 'c' });
    expect(await docs.findOneAndDelete(named, { let: variables })).toEqual({ _id: 3, name: 'a' });
    expect(await docs.findOneAndDelete(named, { let: variables })).toBeNull();
  });

  it('bulkWrite passes its variables to every statement', async () => {
    const models = [
      { updateOne: { filter: { ...named, _id: 1 }, update: taken } },
      { updateMany: { filter: named, update: [{ $set: { many: '$$x' } }] } },
      { replaceOne: { filter: { ...named, _id: 3 }, replacement: { name: 'c' } } },
      { deleteOne: { filter: named } },
    ];
    const result = await docs.bulkWrite(models, { let: variables });
    expect(result).toMatchObject({ matchedCount: 4, modifiedCount: 4, deletedCount: 1 });
    expect(await docs.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 2, name: 'b' },
      { _id: 3, name: 'c' },
    ]);
  });

  it('a variable that reads a field, has an invalid name or is undefined is refused', async () => {
    const find = (given: object) => refusal(docs.find(named, { let: given }).toArray());
    expect((await find({ name: '$name' })).code).toBe(4890500);
    expect((await find({ Name: 1 })).code).toBe(9);
    const inner = { $map: { input: [1], as: 'one', in: { $add: ['$$one', '$$CURRENT._id'] } } };
    const scoped = { $let: { vars: { own: inner }, in: { $eq: ['$$own', [2]] } } };
    expect(await docs.countDocuments({ $expr: scoped })).toBe(1);
    await docs.deleteMany({});
    const undefinedVariable = await find({ other: 1 });
    expect(undefinedVariable).toMatchObject({ code: 17276, message: /Use of undefined variable: name/ });
  });

  it('sort of an update is refused before version 8, before any statement of the command runs', async () => {
    const models = [
      { insertOne: { document: { _id: 9 } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { first: 1 } } } },
      { updateOne: { filter: {}, update: { $set: { last: 1 } }, sort: { _id: -1 } } },
    ] as never[];
    if ((await database.major()) >= 8) {
      await docs.bulkWrite(models);
      expect(await docs.findOne({ last: 1 })).toMatchObject({ _id: 9 });
      return;
    }
    const error = await refusal(docs.bulkWrite(models));
    expect(error.code).toBe(40415);
    expect(error.message).toBe("BSON field 'update.updates.sort' is an unknown field.");
    expect(await docs.countDocuments({ first: 1 })).toBe(0);
    const replaced = await refusal(docs.replaceOne({}, { a: 1 }, { sort: { _id: 1 } } as object));
    expect(replaced.code).toBe(40415);
  });

  it.each([
    [
      'updateOne',
      (empty: Collection) => empty.updateOne({ _id: null }, { $unset: { a: '' } }, { upsert: true }),
    ],
    [
      'updateMany',
      (empty: Collection) => empty.updateMany({ _id: null }, { $set: { a: 1 } }, { upsert: true }),
    ],
    [
      'a pipeline',
      (empty: Collection) => empty.updateOne({ _id: null }, [{ $set: { a: 1 } }], { upsert: true }),
    ],
    ['replaceOne', (empty: Collection) => empty.replaceOne({}, { _id: null }, { upsert: true })],
    [
      'findOneAndReplace',
      (empty: Collection) => empty.findOneAndReplace({ _id: null }, {}, { upsert: true }),
    ],
    ['insertOne', (empty: Collection) => empty.insertOne({ _id: null }, { forceServerObjectId: true })],
  ])('%s stores an _id of null, and $type finds it', async (_name, store) => {
    const empty = database.fresh();
    await store(empty);
    expect(await empty.countDocuments({ _id: { $type: 'null' } })).toBe(1);
    expect(await empty.replaceOne({ _id: null }, { b: 1 })).toMatchObject({ matchedCount: 1 });
    expect(await empty.find().toArray()).toEqual([{ _id: null, b: 1 }]);
  });

  it.each([
    ['an int', new Int32(7)],
    ['a double', new Double(7.5)],
    ['a large long', Long.fromString('9007199254740993')],
    ['a text', 'seven'],
    ['an ObjectId', new ObjectId()],
    ['a UUID', new UUID()],
    ['a date', new Date(7)],
    ['a document', { a: { b: 1 }, c: [1] }],
    ['null', null],
  ])('an update pipeline may set an unchanged _id that is %s, or leave it out', async (_name, _id) => {
    const one = database.fresh();
    await one.updateOne({ _id }, { $set: { t: { u: 1 } } }, { upsert: true });
    const stored = (await one.findOne({}, { promoteValues: false }))!['_id'];
    await one.updateOne({}, [{ $set: { _id: { $literal: _id }, named: 1 } }]);
    await one.updateOne({}, [{ $set: { _id: '$_id', same: 1 } }]);
    await one.updateOne({}, [{ $replaceWith: { _id: '$_id', t: '$t', named: '$named', same: '$same' } }]);
    expect(await one.findOne({}, { projection: { _id: 0 } })).toEqual({ t: { u: 1 }, named: 1, same: 1 });
    await one.updateOne({}, [{ $replaceRoot: { newRoot: '$t' } }, { $addFields: { v: 2 } }]);
    await one.updateOne({}, [{ $unset: '_id' }]);
    expect(await one.findOne({}, { projection: { _id: 0 } })).toEqual({ u: 1, v: 2 });
    expect((await one.findOne({}, { promoteValues: false }))!['_id']).toEqual(stored);
    expect((await refusal(one.updateOne({}, [{ $set: { _id: 'other' } }]))).code).toBe(66);
  });
});
