import { ConformanceDatabase } from './support/conformance-database.js';
import { INDEXED_FILTERS, indexedSongs } from './support/indexed-songs.js';

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

describe('plans of the embedded server', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start('embedded');
  });
  afterAll(() => database.close());

  it('an index answers equality, $in, ranges, prefixes and $or without examining other documents', async () => {
    const docs = await indexedSongs(database);
    for (const [filter, count] of INDEXED_FILTERS) {
      expect(await docs.find(filter).toArray()).toHaveLength(count);
      expect((await explained(docs.find(filter))).docs).toBe(count);
      expect(await docs.countDocuments(filter)).toBe(count);
    }
    const one = await docs.findOne({ n: 7 });
    expect(await explained(docs.find({ _id: one._id }))).toMatchObject({ stage: 'IDHACK', docs: 1 });
    expect(await explained(docs.find({ name: /^SONG/i }))).toMatchObject({ stage: 'COLLSCAN' });
  });

  it('a sorted find with a limit over 100,000 documents examines only the first ones', async () => {
    const docs = database.fresh();
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
      await database.client.db('admin').command({ ping: 1 });
      waits.push(performance.now() - asked);
    }
    expect(await scan).toBe(0);
    expect(waits.sort((a, b) => a - b)[15]).toBeLessThan(100);
  });

  it('an index on an array field is used for its elements, with and without a sort', async () => {
    const docs = database.fresh();
    await docs.createIndex({ tags: 1, n: 1 });
    await docs.createIndex({ 'parts.k': 1 });
    await docs.insertMany([
      { tags: ['a', 'b', 'a'], n: 1, parts: [{ k: 1 }, { k: 2 }] },
      { tags: ['b'], n: 2 },
      { tags: [], n: 3 },
      { n: 4 },
    ]);
    expect(await explained(docs.find({ tags: 'b' }).sort({ n: -1 }))).toMatchObject({
      stage: 'IXSCAN',
      docs: 2,
    });
    expect(await explained(docs.find({ 'parts.k': 2 }))).toMatchObject({ stage: 'IXSCAN', docs: 1 });
  });

  it('a new index is used once it is built, and a refused one is not', async () => {
    const docs = await database.filled(2000, (n) => ({ n, half: n >> 1 }));
    await docs.createIndex({ n: 1 }, { unique: true });
    expect(await explained(docs.find({ n: 77 }))).toMatchObject({ stage: 'IXSCAN', docs: 1 });
    await docs.createIndex({ half: 1 }, { unique: true }).catch(() => undefined);
    expect(await explained(docs.find({ half: 3 }))).toMatchObject({ stage: 'COLLSCAN', docs: 2000 });
  });

  it('a sort over values of different types uses an index', async () => {
    const docs = await database.filled(20, (n) => ({ v: n % 2 ? n : String(n) }));
    await docs.createIndex({ v: 1 });
    expect(await explained(docs.find().sort({ v: 1 }))).toMatchObject({ stage: 'IXSCAN' });
  });
});
