import { decodePlain, decodeTyped, isPlainObject, type Doc } from '../bson/codec.js';
import { asInteger } from '../bson/numbers.js';
import { plainDoc } from '../bson/plain.js';
import { countMatches } from '../query/count.js';
import { Search, type SearchOptions } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import type { Collection } from '../storage/collection.js';
import { applyStage } from './stages.js';
import type { Stream, Surroundings } from './stream.js';

/** What the beginning of a pipeline lets the planner do: the leading stages are a find. */
export interface Opening {
  readonly filter: Doc;
  readonly options: SearchOptions;
  /** Stages that are left to do. */
  readonly rest: readonly Doc[];
}

/** Takes leading `$match`, `$sort`, `$skip` and `$limit` off a pipeline of typed stages. */
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

/** Runs a pipeline over a collection; without one there are no documents, but the stages are still checked. */
export function runPipeline(
  collection: Collection | undefined,
  pipeline: readonly Doc[],
  surroundings: Surroundings,
  hint?: unknown,
): Stream {
  const { filter, options, rest } = openingOf(pipeline, hint, surroundings.variables);
  const counted = countField(rest);
  if (collection && counted && !options.sort)
    return counting(collection, filter, options, counted, rest.slice(1), surroundings);
  return throughStages(documents(collection, filter, options, surroundings.typed), rest, surroundings);
}

/** Puts stages behind a stream, one after the other. */
export function throughStages(input: Stream, stages: readonly Doc[], surroundings: Surroundings): Stream {
  const prepared = stages.map((stage) => (isPlainObject(stage) ? plainDoc(stage) : stage));
  return prepared.reduce<Stream>(
    (stream, stage, i) => applyStage(stream, stage, prepared[i + 1], surroundings),
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

/** `{ $group: { _id: <constant>, n: { $sum: 1 } } }` is how drivers count; indexes can do that. */
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
  surroundings: Surroundings,
): Stream {
  const counted = async function* (): AsyncGenerator<Doc[]> {
    const n = await countMatches(collection, filter, options);
    if (n > 0) yield [plainDoc({ _id: id, [field]: n })];
  };
  return throughStages(counted(), rest, surroundings);
}
