import { decodePlain, isPlainObject, type Doc } from '../bson/codec.js';
import { lookup as valuesAt } from '../bson/path.js';
import { plain } from '../bson/plain.js';
import { MongoError } from '../mongo-error.js';
import { compileExpression } from '../query/expression.js';
import { Search } from '../query/search.js';
import { setAt } from '../update/document-path.js';
import { assertReadOnly } from './write-stage-names.js';
import { collected, inPieces, type Stream, type StageContext } from './stream.js';

/** $lookup: adds to each document its matches in another collection, found through that collection's indexes. */
export async function* lookup(input: Stream, spec: unknown, context: StageContext): AsyncGenerator<Doc[]> {
  const { from, localField, foreignField, as, let: given = {}, pipeline } = checked(spec);
  const variables = Object.entries(given).map(
    ([name, value]) => [name, compileExpression(plain(value), context.variables)] as const,
  );
  const steps = localField?.split('.');
  for await (const piece of input) {
    for (const doc of piece) {
      const bound = {
        ...context.variables,
        ...Object.fromEntries(variables.map(([name, compute]) => [name, compute(doc)])),
      };
      const inner = { ...context, variables: bound };
      const filter = steps ? { [foreignField!]: { $in: localValues(doc, steps) } } : {};
      setAt(doc, as.split('.'), await joined(inner, from, filter, pipeline));
    }
    yield piece;
  }
}

async function joined(
  context: StageContext,
  from: string,
  filter: Doc,
  pipeline: readonly Doc[],
): Promise<Doc[]> {
  const collection = context.catalog.find(context.database, from);
  const found: Doc[] = [];
  if (pipeline.length === 0) {
    if (!collection) return found;
    for await (const piece of new Search(collection, filter).pieces())
      found.push(...piece.map(({ bytes }) => decodePlain(bytes)));
    return found;
  }
  const stages = Object.keys(filter).length > 0 ? [{ $match: filter }, ...pipeline] : pipeline;
  for await (const piece of context.pipelines.run(collection, stages, context)) found.push(...piece);
  return found;
}

/** A missing field matches null; an array matches each of its elements. */
function localValues(doc: Doc, steps: readonly string[]): unknown[] {
  const values = valuesAt(doc, steps).flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]));
  const present = values.map((value) => (value === undefined ? null : value));
  return present.length > 0 ? present : [null];
}

interface LookupSpec {
  readonly from: string;
  readonly localField?: string;
  readonly foreignField?: string;
  readonly as: string;
  readonly let?: Doc;
  readonly pipeline: readonly Doc[];
}

function checked(spec: unknown): LookupSpec {
  if (!isPlainObject(spec)) throw new MongoError(9, 'the $lookup specification must be an Object');
  const { from, as, localField, foreignField, pipeline } = spec;
  for (const name of Object.keys(spec)) {
    if (!['from', 'as', 'localField', 'foreignField', 'pipeline', 'let'].includes(name))
      throw new MongoError(9, `unknown argument to $lookup: ${name}`);
  }
  if (typeof from !== 'string' || typeof as !== 'string')
    throw new MongoError(9, "$lookup requires 'from' and 'as' as strings");
  const byField = typeof localField === 'string' && typeof foreignField === 'string';
  if (!byField && (localField !== undefined || foreignField !== undefined || !Array.isArray(pipeline))) {
    throw new MongoError(
      9,
      "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified",
    );
  }
  const stages = Array.isArray(pipeline) ? (pipeline as Doc[]) : [];
  assertReadOnly(stages, 51047, "is not allowed within a $lookup's sub-pipeline");
  return { ...(spec as unknown as LookupSpec), pipeline: stages };
}

/** $facet: runs several pipelines over the same input. */
export async function* facet(input: Stream, spec: unknown, context: StageContext): AsyncGenerator<Doc[]> {
  if (!isPlainObject(spec) || Object.keys(spec).length === 0)
    throw new MongoError(40169, 'the $facet specification must be a non-empty object');
  const docs = await collected(input, '$facet');
  const result: Doc = {};
  for (const [name, stages] of Object.entries(spec)) {
    if (!Array.isArray(stages))
      throw new MongoError(40170, `arguments to $facet must be arrays, ${name} is not`);
    assertReadOnly(stages as Doc[], 40600, 'is not allowed to be used within a $facet stage');
    // Each pipeline gets copies, because stages may change documents in place.
    const copies = docs.map((doc) => plain(doc) as Doc);
    result[name] = await collected(
      context.pipelines.through(inPieces(copies), stages as Doc[], context),
      '$facet',
    );
  }
  yield [result];
}

/** $unionWith: appends the documents of another collection. */
export async function* unionWith(input: Stream, spec: unknown, context: StageContext): AsyncGenerator<Doc[]> {
  const name = typeof spec === 'string' ? spec : isPlainObject(spec) ? spec['coll'] : undefined;
  if (typeof name !== 'string')
    throw new MongoError(9, 'the $unionWith specification must name a collection');
  const stages = isPlainObject(spec) && Array.isArray(spec['pipeline']) ? (spec['pipeline'] as Doc[]) : [];
  assertReadOnly(stages, 31441, "is not allowed within a $unionWith's sub-pipeline");
  yield* input;
  yield* context.pipelines.run(context.catalog.find(context.database, name), stages, context);
}
