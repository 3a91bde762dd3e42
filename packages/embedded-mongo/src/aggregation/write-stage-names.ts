import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';

/** Throws if a nested pipeline contains `$out` or `$merge`. */
export function assertReadOnly(stages: readonly Doc[], code: number, reason: string): void {
  for (const stage of stages) {
    const name = isPlainObject(stage) ? Object.keys(stage)[0] : undefined;
    if (name === '$out' || name === '$merge') throw new MongoError(code, `${name} ${reason}`);
  }
}
