import { isPlainObject, type Doc } from '../bson/codec.js';
import { mergeInto } from './merge.js';
import { replaceCollection } from './out.js';
import type { WriteStage } from './stream.js';

const WRITERS = { $out: replaceCollection, $merge: mergeInto } as const;

/** Splits a final `$out` or `$merge` off a pipeline; `write` is undefined if there is none. */
export function splitWriteStage(pipeline: readonly Doc[]): {
  readonly stages: readonly Doc[];
  readonly write: WriteStage | undefined;
} {
  const last = pipeline.at(-1);
  const [name, ...others] = isPlainObject(last) ? Object.keys(last) : [];
  if ((name !== '$out' && name !== '$merge') || others.length > 0)
    return { stages: pipeline, write: undefined };
  return { stages: pipeline.slice(0, -1), write: WRITERS[name](last![name]) };
}
