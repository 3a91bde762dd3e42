import { decodePlain, decodeTyped, isPlainObject, type Doc } from '../bson/codec.js';
import { asInteger } from '../bson/numbers.js';
import { plainDoc } from '../bson/plain.js';
import { countMatches } from '../query/count.js';
import { Search, type SearchOptions } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import type { Collection } from '../storage/collection.js';
import { applyStage } from './stages.js';
import type { Stream, StageContext } from './stream.js';

/** The leading stages of a pipeline that the planner can run as a find. */
export interface Opening {
  readonly filter: Doc;
  readonly options: SearchOptions;
  /** The stages that follow. */
  readonly rest: readonly Doc[];
}

/** Splits leading `$match`, `$sort`, `$skip` and `$limit` stages off a pipeline of typed stages. */
export function openingOf(pipeline: readonly Doc[], hint: unknown, variables: Doc): Opening {
  let at = 0;
  const matches: Doc[] = [];
  for (
    let stage = pipeline[at];
    isPlainObject(stage) && isPlainObject(stage['$match']);
    stage = pipeline[++at]
  ) {
    matches.push(stage['$match']);
  }
  const sort = isPlainObject(pipeline[at]) ? parseSort(pipeline[at]!['$sort']) : undefined;
  if (sort) at++;
  const skip = stageNumber(pipeline[at], '$skip', 0);
  if (skip !== undefined) at++;
  const limit = stageNumber(pipeline[at], '$limit', 1);
  if (limit !== undefined) at++;
  const filter = matches.length === 1 ? matches[0]! : matches.length > 1 ? { $and: matches } : {};
  return { filter, options: { sort, skip: skip ?? 0, limit, hint, variables }, rest: pipeline.slice(at) };
}

function stageNumber(stage: Doc | undefined, name: string, least: number): number | undefined {
  const number = isPlainObject(stage) ? asInteger(stage[name]) : undefined;
  return number !== undefined && number >= least ? number : undefined;
}

/** Runs a pipeline over a collection. A missing collection yields no documents, but the stages are still checked. */
export function runPipeline(
  collection: Collection | undefined,
  pipeline: readonly Doc[],
  context: StageContext,
  hint?: unknown,
): Stream {
  const { filter, options, rest } = openingOf(pipeline, hint, context.variables);
  const counted = countField(rest);
  if (collection && counted && !options.sort)
    return counting(collection, filter, options, counted, rest.slice(1), context);
  return throughStages(documents(collection, filter, options, context.typed), rest, context);
}

/** Applies stages to a stream in order. */
export function throughStages(input: Stream, stages: readonly Doc[], context: StageContext): Stream {
  const prepared = stages.map((stage) => (isPlainObject(stage) ? plainDoc(stage) : stage));
  return prepared.reduce<Stream>(
    (stream, stage, i) => applyStage(stream, stage, prepared[i + 1], context),
    input,
  );
}

async function* documents(
  collection: Collection | undefined,
  filter: Doc,
  options: SearchOptions,
  typed: boolean | undefined,
): AsyncGenerator<Doc[]> {
  if (!collection) return;
  const decode = typed ? decodeTyped : decodePlain;
  for await (const piece of new Search(collection, filter, options).pieces()) {
    yield piece.map(({ bytes }) => decode(bytes));
  }
}

/** `{ $group: { _id: <constant>, n: { $sum: 1 } } }` is how drivers count documents; an index can answer it. */
function countField(stages: readonly Doc[]): { id: unknown; field: string } | undefined {
  const group = isPlainObject(stages[0]) ? stages[0]['$group'] : undefined;
  if (!isPlainObject(group)) return undefined;
  const { _id: id, ...fields } = group;
  const [field, ...others] = Object.keys(fields);
  const sum = field === undefined ? undefined : fields[field];
  if (field === undefined || others.length > 0 || !isPlainObject(sum) || asInteger(sum['$sum']) !== 1)
    return undefined;
  return id === null || asInteger(id) !== undefined ? { id, field } : undefined;
}

function counting(
  collection: Collection,
  filter: Doc,
  options: SearchOptions,
  { id, field }: { id: unknown; field: string },
  rest: readonly Doc[],
  context: StageContext,
): Stream {
  const counted = async function* (): AsyncGenerator<Doc[]> {
    const n = await countMatches(collection, filter, options);
    if (n > 0) yield [plainDoc({ _id: id, [field]: n })];
  };
  return throughStages(counted(), rest, context);
}
