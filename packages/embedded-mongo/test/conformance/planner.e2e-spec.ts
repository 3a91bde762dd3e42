import fc from 'fast-check';
import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { type Collection } from '../support/embedded-mongo.js';

const { Decimal128, Double, Long, ObjectId } = mongoose.mongo;

const scalar = fc.oneof(
  { weight: 14, arbitrary: fc.integer({ min: -3, max: 5 }) },
  fc.constantFrom(null, true, false, '', 'a', 'ab', 'abc', 'b', 'a\u0000', 'é', 0.5, 2.5, NaN, -Infinity),
  fc.constantFrom(
    Long.fromNumber(2),
    Long.fromString('9007199254740993'),
    new Double(3),
    Decimal128.fromString('2.5'),
    Decimal128.fromString('0.1'),
  ),
  fc.constantFrom(
    new Date(0),
    new Date(5),
    new ObjectId('0'.repeat(24)),
    new ObjectId('f'.repeat(24)),
    { x: 1 },
    { x: 2 },
    { y: 1 },
  ),
);
// Long values make an index inexact, so most documents must have none.
const stored = fc.oneof(
  { weight: 60, arbitrary: scalar },
  fc.constantFrom('long'.repeat(600), `${'long'.repeat(600)}er`),
);
const value = fc.oneof(
  { weight: 5, arbitrary: stored },
  fc.array(scalar, { maxLength: 3 }),
  fc.constant([[1, 2], 3]),
);
const document = fc.record(
  {
    a: value,
    b: value,
    c: fc.oneof(
      value,
      fc.record({ d: value }, { requiredKeys: [] }),
      fc.array(fc.record({ d: scalar }, { requiredKeys: [] }), { maxLength: 3 }),
    ),
  },
  { requiredKeys: [] },
);
// Two arrays in one key are refused, so `a` and `c` may both be arrays only if no index contains both.
const condition = fc.oneof(
  value,
  fc
    .record({ $gt: scalar, $gte: scalar, $lt: scalar, $lte: scalar }, { requiredKeys: [] })
    .filter((range) => Object.keys(range).length > 0),
  fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 2 }) }),
  fc.record({ $ne: value }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $all: fc.array(scalar, { minLength: 1, maxLength: 2 }) }),
  fc.record({ $elemMatch: fc.record({ $gte: scalar }) }),
  fc.record({ $not: fc.record({ $gt: scalar }) }),
  fc.constantFrom({ $size: 2 }, { $type: 'number' }, /^a/, /^ab?/, /b$/, { $regex: '^A', $options: 'i' }),
);
const simpleFilter = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'c.d', '_id'), condition, { maxKeys: 3 });
// Typical application queries: one range or value, perhaps a second, wide enough to match several documents.
const range = fc.record(
  { $gte: fc.integer({ min: -3, max: 3 }), $lt: fc.integer({ min: 3, max: 6 }) },
  { requiredKeys: [] },
);
const wide = fc
  .record(
    { a: fc.oneof(range, fc.integer({ min: -3, max: 5 })), b: range, 'c.d': range },
    { requiredKeys: [] },
  )
  .map((filter) =>
    Object.fromEntries(
      Object.entries(filter).filter(([, test]) => typeof test === 'number' || Object.keys(test).length > 0),
    ),
  );
const filter = fc.oneof(
  { weight: 4, arbitrary: wide },
  { weight: 2, arbitrary: simpleFilter },
  fc.record({ $or: fc.array(simpleFilter, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $and: fc.array(simpleFilter, { minLength: 1, maxLength: 2 }), b: condition }),
);
const sort = fc.uniqueArray(
  fc.tuple(fc.constantFrom('a', 'b', 'c.d'), fc.constantFrom(1 as const, -1 as const)),
  { selector: ([path]) => path, maxLength: 2 },
);

describe('query planner', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  const insertWhatIsAllowed = async (docs: Collection, documents: object[]): Promise<void> => {
    await docs.insertMany(documents, { ordered: false }).catch(() => undefined);
  };

  it('random queries and updates: an index changes the speed, never the result', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { minLength: 10, maxLength: 40 }),
        fc.array(fc.tuple(filter, sort), { minLength: 12, maxLength: 12 }),
        async (documents, questions) => {
          const indexed = database.fresh();
          const plain = database.fresh();
          await indexed.createIndexes([
            { key: { a: 1 } },
            { key: { b: -1, a: 1 } },
            { key: { 'c.d': 1 } },
            { key: { c: -1 }, sparse: true },
            { key: { a: -1 }, name: 'partial', partialFilterExpression: { b: { $gt: 0 } } },
          ]);
          await insertWhatIsAllowed(
            indexed,
            documents.map((doc, _id) => ({ _id, ...doc })),
          );
          // Updates must maintain the indexes, too.
          await indexed.updateMany({ a: { $type: 'number' } }, { $set: { b: 1 } }).catch(() => undefined);
          await indexed.deleteOne({ b: 'a' });
          const all = await indexed.find({}, { promoteValues: false, hint: { $natural: 1 } }).toArray();
          if (all.length > 0) await plain.insertMany(all);
          for (const [question, order] of questions) {
            const options =
              order.length > 0 ? { sort: Object.fromEntries(order) as Record<string, 1 | -1> } : {};
            const fast = await indexed.find(question, options).toArray();
            const slow = await plain.find(question, options).toArray();
            const ids = (found: { _id: number }[]): number[] =>
              found.map(({ _id }) => Number(_id)).sort((x, y) => x - y);
            expect(ids(fast as never)).toEqual(ids(slow as never));
            expect(await indexed.countDocuments(question)).toBe(slow.length);
            if (order.length === 0) continue;
            // Documents with equal sort keys may come in any order, so the sort keys are compared, not the documents.
            const rank = await ranks(plain, order);
            expect(fast.map(({ _id }) => rank.get(Number(_id)))).toEqual(
              slow.map(({ _id }) => rank.get(Number(_id))),
            );
          }
          await Promise.all([indexed.drop(), plain.drop()]);
        },
      ),
      { numRuns: 40, interruptAfterTimeLimit: 8_000 },
    );
  });
});

/**
 * Ranks the documents so that equal sort keys have equal ranks. If ties are broken by ascending and then by descending
 * `_id`, the two positions of a document add up to the ends of its run of equal keys.
 */
async function ranks(docs: Collection, order: [string, 1 | -1][]): Promise<Map<number, number>> {
  const rank = new Map<number, number>();
  for (const direction of [1, -1] as const) {
    const found = await docs
      .find()
      .sort([...order, ['_id', direction]])
      .toArray();
    found.forEach(({ _id }, at) => rank.set(Number(_id), (rank.get(Number(_id)) ?? 0) + at));
  }
  return rank;
}
