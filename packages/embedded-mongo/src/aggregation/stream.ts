import { calculateObjectSize } from 'bson';
import type { Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { Pacer } from '../pacer.js';
import type { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';

/** Plain documents in a pipeline, in chunks. */
export type Stream = AsyncIterable<Doc[]>;

/** What a stage may use in addition to its input. */
export interface StageContext {
  readonly catalog: Catalog;
  readonly database: string;
  readonly variables: Doc;
  /** True if numbers must keep their BSON types because the documents will be stored. */
  readonly typed?: boolean;
  /** Runs nested pipelines. Injected, because importing the pipeline here would be a cycle. */
  readonly pipelines: Pipelines;
}

/** A stage that stores the result of the preceding stages. */
export type WriteStage = (input: Stream, context: StageContext) => Promise<void>;

export interface Pipelines {
  run(collection: Collection | undefined, pipeline: readonly Doc[], context: StageContext): Stream;
  through(input: Stream, stages: readonly Doc[], context: StageContext): Stream;
}

const MAX_STAGE_BYTES = 100 * 1024 * 1024;
const PIECE = 128;

/** Collects all documents for stages that need them at once. Throws above MongoDB's memory limit. */
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

/** Yields a list in chunks and gives other clients a turn in between. */
export async function* inPieces(docs: readonly Doc[]): AsyncGenerator<Doc[]> {
  const pacer = new Pacer();
  for (let at = 0; at < docs.length; at += PIECE) {
    yield docs.slice(at, at + PIECE);
    if (pacer.due) await pacer.rest();
  }
}
