import { calculateObjectSize } from 'bson';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { asInteger, isNumber } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { Matcher } from '../query/matcher.js';
import { parseSort, sortKeyOf } from '../query/sort-key.js';
import { Sorter } from '../query/sorter.js';
import { group } from './group.js';
import { collectedBy, ON_ALL, PER_DOCUMENT, piecewise } from './mingo-stages.js';
import { facet, lookup, unionWith } from './joins.js';
import { collected, inPieces, type Stream, type StageContext } from './stream.js';

/** Applies one stage to a stream. If the `next` stage is a limit, a sort keeps only that many documents. */
export function applyStage(input: Stream, stage: Doc, next: Doc | undefined, context: StageContext): Stream {
  const [name, spec] = stageOf(stage);
  if (PER_DOCUMENT.includes(name)) return piecewise(name, input, spec, context);
  if (ON_ALL.includes(name)) return collectedBy(name, input, spec, context);
  switch (name) {
    case '$match':
      return match(input, spec, context);
    case '$sort':
      return sort(input, spec, next && asInteger(next['$limit']));
    case '$limit':
      return limit(input, amount(name, spec, 1));
    case '$skip':
      return skip(input, amount(name, spec, 0));
    case '$count':
      return count(input, spec);
    case '$group':
      return group(input, spec, context);
    case '$sortByCount':
      return sort(group(input, { _id: spec, count: { $sum: 1 } }, context), { count: -1 }, undefined);
    case '$sample':
      return sample(input, spec);
    case '$lookup':
      return lookup(input, spec, context);
    case '$facet':
      return facet(input, spec, context);
    case '$unionWith':
      return unionWith(input, spec, context);
    default:
      throw unsupported(name);
  }
}

function stageOf(stage: unknown): [name: string, spec: unknown] {
  const entries = isPlainObject(stage) ? Object.entries(stage) : [];
  if (entries.length !== 1)
    throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
  return entries[0]!;
}

const KNOWN_BUT_NOT_HERE =
  '$graphLookup $geoNear $search $searchMeta $vectorSearch $collStats $indexStats $currentOp $documents $changeStream $planCacheStats $listSessions $listLocalSessions'.split(
    ' ',
  );

const unsupported = (name: string): MongoError => {
  if (name === '$out' || name === '$merge')
    return new MongoError(40601, `${name} can only be the final stage in the pipeline`);
  return KNOWN_BUT_NOT_HERE.includes(name)
    ? new MongoError(238, `aggregation stage ${name} is not supported by the embedded database`)
    : new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
};

async function* match(input: Stream, spec: unknown, { variables }: StageContext): AsyncGenerator<Doc[]> {
  if (!isPlainObject(spec))
    throw new MongoError(15959, 'the match filter must be an expression in an object');
  const matcher = new Matcher(spec, variables);
  for await (const piece of input) yield piece.filter((doc) => matcher.matches(doc));
}

async function* sort(input: Stream, spec: unknown, wanted: number | undefined): AsyncGenerator<Doc[]> {
  const keys = parseSort(spec);
  if (!keys) throw new MongoError(15976, '$sort stage must have at least one sort key');
  const sorter = new Sorter<Doc>(wanted);
  for await (const piece of input) {
    for (const doc of piece)
      sorter.add(sortKeyOf(doc, keys), doc, calculateObjectSize(doc, { ignoreUndefined: true }));
  }
  yield* inPieces(sorter.finish());
}

function amount(stage: string, spec: unknown, least: number): number {
  const number = isNumber(spec) ? asInteger(spec) : undefined;
  if (number === undefined || number < least) {
    throw new MongoError(
      15958,
      least === 1
        ? 'the limit must be positive'
        : `invalid argument to ${stage} stage: Expected a non-negative number in: ${stage}: ${String(spec)}`,
    );
  }
  return number;
}

async function* limit(input: Stream, most: number): AsyncGenerator<Doc[]> {
  let left = most;
  for await (const piece of input) {
    yield piece.slice(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function* skip(input: Stream, first: number): AsyncGenerator<Doc[]> {
  let left = first;
  for await (const piece of input) {
    yield piece.slice(left);
    left = Math.max(left - piece.length, 0);
  }
}

async function* count(input: Stream, field: unknown): AsyncGenerator<Doc[]> {
  if (typeof field !== 'string' || field === '' || field.startsWith('$') || field.includes('.')) {
    throw new MongoError(
      40156,
      'the count field must be a non-empty string, may not start with $ and may not contain a dot',
    );
  }
  let n = 0;
  for await (const piece of input) n += piece.length;
  if (n > 0) yield [{ [field]: n }];
}

async function* sample(input: Stream, spec: unknown): AsyncGenerator<Doc[]> {
  const size = isPlainObject(spec) ? asInteger(spec['size']) : undefined;
  if (size === undefined || size < 1)
    throw new MongoError(28747, 'size argument to $sample must be a positive integer');
  const docs = await collected(input, '$sample');
  for (let i = docs.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [docs[i], docs[other]] = [docs[other]!, docs[i]!];
  }
  yield* inPieces(docs.slice(0, size));
}
