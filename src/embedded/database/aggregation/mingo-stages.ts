import { Aggregator } from 'mingo/aggregator';
import type { Doc } from '../bson/codec.js';
import { mingoOptions } from '../query/expression.js';
import { collected, inPieces, type Stream, type Surroundings } from './stream.js';

/** Stages that look at one document at a time: mingo runs them on each piece. */
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

export async function* piecewise(
  name: string,
  input: Stream,
  spec: unknown,
  surroundings: Surroundings,
): AsyncGenerator<Doc[]> {
  const aggregator = new Aggregator(
    [{ [name]: spec }] as never,
    mingoOptions(surroundings.variables) as never,
  );
  for await (const piece of input) yield aggregator.run(piece) as Doc[];
}

export async function* collectedBy(
  name: string,
  input: Stream,
  spec: unknown,
  surroundings: Surroundings,
): AsyncGenerator<Doc[]> {
  const all = await collected(input, name);
  const aggregator = new Aggregator(
    [{ [name]: spec }] as never,
    mingoOptions(surroundings.variables) as never,
  );
  yield* inPieces(aggregator.run(all) as Doc[]);
}
