import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal } from '../support/embedded-mongo.js';
import { INDEXED_FILTERS, indexedSongs } from '../support/indexed-songs.js';

const { Decimal128, Long } = mongoose.mongo;

describe('queries', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  it('equality, $in, ranges, prefixes and $or find the same documents with indexes', async () => {
    const docs = await indexedSongs(database);
    for (const [filter, count] of INDEXED_FILTERS) {
      expect(await docs.find(filter).toArray()).toHaveLength(count);
      expect(await docs.countDocuments(filter)).toBe(count);
    }
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
    const docs = await database.filled(values.length, (n) => ({
      at: (n * 7) % values.length,
      v: values[(n * 7) % values.length],
    }));
    const inMemory = await docs.find().sort({ v: 1 }).toArray();
    await docs.createIndex({ v: 1 });
    const byIndex = await docs.find().sort({ v: 1 }).toArray();
    expect(inMemory.map(({ at }) => at)).toEqual(values.map((_, i) => i));
    expect(byIndex.map(({ at }) => at)).toEqual(values.map((_, i) => i));
    expect(await docs.countDocuments({ v: { $gt: 0 } })).toBe(6);
    expect(await docs.countDocuments({ v: Long.fromString('9007199254740993') })).toBe(1);
    expect(await docs.countDocuments({ v: 1.0 })).toBe(1);
  });

  it('aggregation stages return the documented results', async () => {
    const songs = await database.filled(20, (n) => ({
      _id: n,
      artist: n % 4,
      plays: n,
      tags: n % 2 ? ['odd', 'x'] : ['even'],
    }));
    const artists = await database.filled(4, (n) => ({ _id: n, name: `artist ${n}` }));
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
    expect(new Set(await songs.distinct('tags'))).toEqual(new Set(['even', 'odd', 'x']));
  });

  it('find projections return the documented fields', async () => {
    const docs = database.fresh();
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
