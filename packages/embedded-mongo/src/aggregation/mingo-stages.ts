import { Aggregator } from 'mingo/aggregator';
import type { Doc } from '../bson/codec.js';
import { plain, plainDoc, restoreTypes } from '../bson/plain.js';
import { mingoOptions } from '../query/expression.js';
import { collected, inPieces, type Stream, type StageContext } from './stream.js';

/** Stages that map one document to one document; values that pass through keep their number types. */
const ONE_TO_ONE = ['$project', '$addFields', '$set', '$unset'];
/** Stages that need one document at a time: mingo runs them on each chunk. */
export const PER_DOCUMENT = [
  '$project',
  '$addFields',
  '$set',
  '$unset',
  '$replaceRoot',
  '$replaceWith',
  '$redact',
  '$unwind',
];
/** Stages that need all documents: mingo runs them on the collected input. */
export const ON_ALL = ['$bucket', '$bucketAuto', '$setWindowFields', '$densify', '$fill'];

/** Whether number types survive these stages; all other stages compute with JavaScript numbers. */
export const keepTypes = (stages: readonly Doc[]): boolean =>
  stages.every((stage) =>
    [...ONE_TO_ONE, '$match', '$sort', '$limit', '$skip', '$sample'].includes(Object.keys(stage)[0] ?? ''),
  );

export async function* piecewise(
  name: string,
  input: Stream,
  spec: unknown,
  context: StageContext,
): AsyncGenerator<Doc[]> {
  const aggregator = new Aggregator([{ [name]: spec }] as never, mingoOptions(context.variables) as never);
  for await (const piece of input) {
    if (!context.typed) yield aggregator.run(piece) as Doc[];
    else {
      const results = aggregator.run(piece.map(plainDoc)) as Doc[];
      yield results.map((result, i) => restoreTypes(plain(result), piece[i]) as Doc);
    }
  }
}

export async function* collectedBy(
  name: string,
  input: Stream,
  spec: unknown,
  context: StageContext,
): AsyncGenerator<Doc[]> {
  const all = await collected(input, name);
  const aggregator = new Aggregator([{ [name]: spec }] as never, mingoOptions(context.variables) as never);
  yield* inPieces(aggregator.run(all) as Doc[]);
}
