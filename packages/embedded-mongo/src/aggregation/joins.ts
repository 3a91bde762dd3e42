import { decodePlain, isPlainObject, type Doc } from '../bson/codec.js';
import { lookup as valuesAt } from '../bson/path.js';
import { plain } from '../bson/plain.js';
import { MongoError } from '../errors.js';
import { compileExpression } from '../query/expression.js';
import { Search } from '../query/search.js';
import { setAt } from '../update/document-path.js';
import { assertReadOnly } from './write-stage-names.js';
import { collected, inPieces, type Stream, type Surroundings } from './stream.js';

/** $lookup: for each document its matches in another collection, found through that collection's indexes. */
export async function* lookup(
  input: Stream,
  spec: unknown,
  surroundings: Surroundings,
): AsyncGenerator<Doc[]> {
  const { from, localField, foreignField, as, let: given = {}, pipeline } = checked(spec);
  const variables = Object.entries(given).map(
    ([name, value]) => [name, compileExpression(plain(value), surroundings.variables)] as const,
  );
  const steps = localField?.split('.');
  for await (const piece of input) {
    for (const doc of piece) {
      const bound = {
        ...surroundings.variables,
        ...Object.fromEntries(variables.map(([name, compute]) => [name, compute(doc)])),
      };
      const inner = { ...surroundings, variables: bound };
      const filter = steps ? { [foreignField!]: { $in: localValues(doc, steps) } } : {};
      setAt(doc, as.split('.'), await joined(inner, from, filter, pipeline));
    }
    yield piece;
  }
}

async function joined(
  surroundings: Surroundings,
  from: string,
  filter: Doc,
  pipeline: readonly Doc[],
): Promise<Doc[]> {
  const collection = surroundings.catalog.find(surroundings.database, from);
  const found: Doc[] = [];
  if (pipeline.length === 0) {
    if (!collection) return found;
    for await (const piece of new Search(collection, filter).pieces())
      found.push(...piece.map(({ bytes }) => decodePlain(bytes)));
    return found;
  }
  const stages = Object.keys(filter).length > 0 ? [{ $match: filter }, ...pipeline] : pipeline;
  for await (const piece of surroundings.pipelines.run(collection, stages, surroundings))
    found.push(...piece);
  return found;
}

/** A missing field looks for null; an array looks for each of its elements. */
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

/** $facet: several pipelines over the same input. */
export async function* facet(
  input: Stream,
  spec: unknown,
  surroundings: Surroundings,
): AsyncGenerator<Doc[]> {
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
      surroundings.pipelines.through(inPieces(copies), stages as Doc[], surroundings),
      '$facet',
    );
  }
  yield [result];
}

/** $unionWith: the documents of another collection after those of this one. */
export async function* unionWith(
  input: Stream,
  spec: unknown,
  surroundings: Surroundings,
): AsyncGenerator<Doc[]> {
  const name = typeof spec === 'string' ? spec : isPlainObject(spec) ? spec['coll'] : undefined;
  if (typeof name !== 'string')
    throw new MongoError(9, 'the $unionWith specification must name a collection');
  const stages = isPlainObject(spec) && Array.isArray(spec['pipeline']) ? (spec['pipeline'] as Doc[]) : [];
  assertReadOnly(stages, 31441, "is not allowed within a $unionWith's sub-pipeline");
  yield* input;
  yield* surroundings.pipelines.run(
    surroundings.catalog.find(surroundings.database, name),
    stages,
    surroundings,
  );
}
