import { calculateObjectSize } from 'bson';
import type { Doc } from '../bson/codec.js';
import { MongoError } from '../errors.js';
import { Pacer } from '../pacer.js';
import type { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';

/** Plain documents on their way through a pipeline, some at a time. */
export type Stream = AsyncIterable<Doc[]>;

/** What a stage may need beside its input. */
export interface Surroundings {
  readonly catalog: Catalog;
  readonly database: string;
  readonly variables: Doc;
  /** Numbers keep their BSON types on the way, because the documents will be stored. */
  readonly typed?: boolean;
  /** How to run pipelines inside this one; handed in because they are made of stages themselves. */
  readonly pipelines: Pipelines;
}

/** A stage that stores what the stages before it yield. */
export type WriteStage = (input: Stream, surroundings: Surroundings) => Promise<void>;

export interface Pipelines {
  run(collection: Collection | undefined, pipeline: readonly Doc[], surroundings: Surroundings): Stream;
  through(input: Stream, stages: readonly Doc[], surroundings: Surroundings): Stream;
}

const MAX_STAGE_BYTES = 100 * 1024 * 1024;
const PIECE = 128;

/** Everything, for stages that cannot begin before they have seen all. MongoDB's memory bound applies. */
export async function collected(input: Stream, stage: string): Promise<Doc[]> {
  const all: Doc[] = [];
  let size = 0;
  for await (const piece of input) {
    for (const doc of piece) {
      size += calculateObjectSize(doc, { ignoreUndefined: true });
      if (size > MAX_STAGE_BYTES) {
        throw new MongoError(
          292,
          `Exceeded memory limit for ${stage}, but didn't allow external sort. Pass allowDiskUse:true to opt in.`,
        );
      }
      all.push(doc);
    }
  }
  return all;
}

/** Hands a list out in pieces, resting in between. */
export async function* inPieces(docs: readonly Doc[]): AsyncGenerator<Doc[]> {
  const pacer = new Pacer();
  for (let at = 0; at < docs.length; at += PIECE) {
    yield docs.slice(at, at + PIECE);
    if (pacer.due) await pacer.rest();
  }
}
