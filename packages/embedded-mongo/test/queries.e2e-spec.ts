import mongoose from 'mongoose';
import { EmbeddedDatabase, refusal, type Client, type Collection } from './support/embedded-mongo.js';

const { Decimal128, Long } = mongoose.mongo;

interface Explained {
  stage: string;
  index: string | undefined;
  docs: number;
  keys: number;
}

async function explained(cursor: { explain(verbosity: 'executionStats'): Promise<any> }): Promise<Explained> {
  const { queryPlanner, executionStats } = await cursor.explain('executionStats');
  const plan = queryPlanner.winningPlan;
  const access = plan.inputStage ?? plan;
  return {
    stage: access.stage,
    index: access.indexName,
    docs: executionStats.totalDocsExamined,
    keys: executionStats.totalKeysExamined,
  };
}

describe('queries', () => {
  let database: EmbeddedDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await EmbeddedDatabase.start();
    client = await database.client();
  });
  afterAll(() => database.close());

  const filled = async (count: number, make: (n: number) => object): Promise<Collection> => {
    const docs = await database.fresh();
    await docs.insertMany(Array.from({ length: count }, (_, n) => make(n)));
    return docs;
  };

  it('an index answers equality, $in, ranges, prefixes and $or without examining other documents', async () => {
    const docs = await filled(1000, (n) => ({
      n,
      name: `song ${String(n).padStart(4, '0')}`,
      group: n % 10,
    }));
    await docs.createIndexes([{ key: { n: 1 } }, { key: { name: 1 } }, { key: { group: 1, n: -1 } }]);
    const cases: [object, number][] = [
      [{ n: 5 }, 1],
      [{ n: { $in: [1, 2, 3, 2] } }, 3],
      [{ n: { $gte: 10, $lt: 20 } }, 10],
      [{ $and: [{ n: { $gt: 990 } }, { n: { $lte: 995 } }] }, 5],
      [{ name: /^song 001/ }, 10],
      [{ group: 3, n: { $gt: 500 } }, 50],
      [{ $or: [{ n: 1 }, { name: 'song 0002' }] }, 2],
    ];
    for (const [filter, count] of cases) {
      expect(await docs.find(filter).toArray()).toHaveLength(count);
      expect((await explained(docs.find(filter))).docs).toBe(count);
      expect(await docs.countDocuments(filter)).toBe(count);
    }
    const one = await docs.findOne({ n: 7 });
    expect(await explained(docs.find({ _id: one._id }))).toMatchObject({ stage: 'IDHACK', docs: 1 });
    expect(await explained(docs.find({ name: /^SONG/i }))).toMatchObject({ stage: 'COLLSCAN' });
  });

  it('sort orders numbers of all types, and different types, as MongoDB does', async () => {
    const values = [
      null,
      NaN,
      -Infinity,
      -1.5,
      -1,
      0,
      Decimal128.fromString('0.1'),
      0.5,
      1,
      Long.fromString('9007199254740992'),
      Long.fromString('9007199254740993'),
      1e300,
      '',
      'Z',
      'a',
      'é',
      { a: 1 },
      { a: 2 },
      { b: 0 },
      false,
      true,
      new Date(-5),
      new Date(5),
    ];
    const docs = await filled(values.length, (n) => ({
      at: (n * 7) % values.length,
      v: values[(n * 7) % values.length],
    }));
    const inMemory = await docs.find().sort({ v: 1 }).toArray();
    await docs.createIndex({ v: 1 });
    const byIndex = await docs.find().sort({ v: 1 }).toArray();
    expect(await explained(docs.find().sort({ v: 1 }))).toMatchObject({ stage: 'IXSCAN' });
    expect(inMemory.map(({ at }) => at)).toEqual(values.map((_, i) => i));
    expect(byIndex.map(({ at }) => at)).toEqual(values.map((_, i) => i));
    expect(await docs.countDocuments({ v: { $gt: 0 } })).toBe(6);
    expect(await docs.countDocuments({ v: Long.fromString('9007199254740993') })).toBe(1);
    expect(await docs.countDocuments({ v: 1.0 })).toBe(1);
  });

  it('a sorted find with a limit over 100,000 documents examines only the first ones', async () => {
    const docs = await database.fresh();
    await docs.createIndexes([{ key: { n: 1 } }, { key: { group: 1, n: -1 } }]);
    const pad = 'x'.repeat(200);
    for (let at = 0; at < 100_000; at += 10_000) {
      await docs.insertMany(
        Array.from({ length: 10_000 }, (_, i) => ({ n: at + i, group: (at + i) % 100, pad })),
      );
    }
    expect(await explained(docs.find().sort({ n: -1 }).limit(10))).toMatchObject({
      stage: 'IXSCAN',
      docs: 10,
    });
    expect(await explained(docs.find({ group: 42 }).sort({ n: -1 }).limit(20))).toMatchObject({ docs: 20 });
    expect(
      await explained(
        docs
          .find({ n: { $gt: 500 } })
          .sort({ n: 1 })
          .skip(5)
          .limit(10),
      ),
    ).toMatchObject({ docs: 15 });
    const started = performance.now();
    expect(await docs.estimatedDocumentCount()).toBe(100_000);
    expect(await docs.countDocuments()).toBe(100_000);
    expect(await docs.countDocuments({ group: 42 })).toBe(1000);
    expect(performance.now() - started).toBeLessThan(500);
    // Another client is served while one client reads the whole collection.
    const scan = docs.countDocuments({ pad: 'none' });
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      const asked = performance.now();
      await client.db('admin').command({ ping: 1 });
      waits.push(performance.now() - asked);
    }
    expect(await scan).toBe(0);
    expect(waits.sort((a, b) => a - b)[15]).toBeLessThan(100);
  });

  it('aggregation stages return the documented results', async () => {
    const songs = await filled(20, (n) => ({
      _id: n,
      artist: n % 4,
      plays: n,
      tags: n % 2 ? ['odd', 'x'] : ['even'],
    }));
    const artists = await filled(4, (n) => ({ _id: n, name: `artist ${n}` }));
    const totals = await songs
      .aggregate([
        { $match: { plays: { $gte: 4 } } },
        { $group: { _id: '$artist', sum: { $sum: '$plays' }, most: { $max: '$plays' }, count: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    expect(totals[0]).toEqual({ _id: 0, sum: 40, most: 16, count: 4 });
    const joined = await songs
      .aggregate([
        { $match: { _id: 5 } },
        { $lookup: { from: artists.collectionName, localField: 'artist', foreignField: '_id', as: 'by' } },
        { $unwind: '$by' },
        { $project: { name: '$by.name', twice: { $multiply: ['$plays', 2] } } },
      ])
      .toArray();
    expect(joined).toEqual([{ _id: 5, name: 'artist 1', twice: 10 }]);
    const sub = await artists
      .aggregate([
        { $match: { _id: 1 } },
        {
          $lookup: {
            from: songs.collectionName,
            let: { id: '$_id' },
            pipeline: [{ $match: { $expr: { $eq: ['$artist', '$$id'] } } }, { $count: 'n' }],
            as: 'songs',
          },
        },
      ])
      .toArray();
    expect(sub[0]!.songs).toEqual([{ n: 5 }]);
    const [facets] = await songs
      .aggregate([
        {
          $facet: {
            top: [{ $sort: { plays: -1 } }, { $limit: 2 }, { $project: { _id: 1 } }],
            byTag: [{ $unwind: '$tags' }, { $sortByCount: '$tags' }],
          },
        },
      ])
      .toArray();
    expect(facets).toEqual({
      top: [{ _id: 19 }, { _id: 18 }],
      byTag: [
        { _id: 'even', count: 10 },
        { _id: 'odd', count: 10 },
        { _id: 'x', count: 10 },
      ],
    });
    expect(
      await songs
        .aggregate([
          { $addFields: { big: { $gt: ['$plays', 10] } } },
          { $match: { big: true } },
          { $count: 'n' },
        ])
        .toArray(),
    ).toEqual([{ n: 9 }]);
    expect((await refusal(songs.aggregate([{ $graphLookup: {} }]).toArray())).code).toBe(238);
    expect(new Set(await songs.distinct('tags'))).toEqual(new Set(['even', 'odd', 'x']));
  });

  it('find projections return the documented fields', async () => {
    const docs = await database.fresh();
    await docs.insertOne({
      _id: 1,
      a: { b: 1, c: 2 },
      list: [
        { k: 1, v: 1 },
        { k: 2, v: 2 },
      ],
      nums: [1, 2, 3, 4],
    });
    const project = async (projection: object, filter: object = {}): Promise<object> =>
      (await docs.findOne(filter, { projection })) as object;
    expect(await project({ 'a.b': 1 })).toEqual({ _id: 1, a: { b: 1 } });
    expect(await project({ _id: 0, 'list.v': 1 })).toEqual({ list: [{ v: 1 }, { v: 2 }] });
    expect(await project({ list: 0, nums: 0, 'a.c': 0 })).toEqual({ _id: 1, a: { b: 1 } });
    expect(await project({ _id: 0, nums: { $slice: -2 }, a: 0, list: 0 })).toEqual({ nums: [3, 4] });
    expect(await project({ _id: 0, list: { $elemMatch: { k: 2 } } })).toEqual({ list: [{ k: 2, v: 2 }] });
    expect(await project({ _id: 0, 'nums.$': 1 }, { nums: { $gt: 2 } })).toEqual({ nums: [3] });
    expect(await project({ _id: 0, sum: { $add: ['$a.b', '$a.c'] } })).toEqual({ sum: 3 });
    expect((await refusal(project({ a: 1, list: 0 }))).code).toBe(31254);
  });
});
