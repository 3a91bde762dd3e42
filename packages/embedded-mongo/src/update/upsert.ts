import { ObjectId } from 'bson';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { conditionsOf } from '../query/conditions.js';
import { setAt } from './document-path.js';
import type { Update } from './update.js';

/** The document an upsert inserts: the filter's equality conditions, then the update. */
export function upsertDocument(filter: Doc, update: Update, replaces: boolean): Doc {
  const seed: Doc = {};
  const seen = new Map<string, unknown>();
  for (const [path, conditions] of conditionsOf(singleBranches(filter)).byPath) {
    const equal = conditions.filter(
      ({ operator, operand }) =>
        operator === '$eq' || (operator === '$all' && Array.isArray(operand) && operand.length === 1),
    );
    // A replacement takes only the `_id` from the filter.
    if (equal.length === 0 || (replaces && path !== '_id')) continue;
    if (equal.length > 1)
      throw new MongoError(54, `cannot infer query fields to set, path '${path}' is matched twice`);
    const { operator, operand } = equal[0]!;
    seen.set(path, operator === '$eq' ? operand : (operand as unknown[])[0]);
  }
  for (const [path, value] of seen) setAt(seed, path.split('.'), value);
  const { _id: id, ...fields } = update(seed, true);
  assertId(id);
  return { _id: id === undefined ? new ObjectId() : id, ...fields };
}

/** Treats an `$or` with a single branch as `$and`. */
function singleBranches(filter: Doc): Doc {
  const or = filter['$or'];
  if (!Array.isArray(or) || or.length !== 1 || !isPlainObject(or[0])) return filter;
  const { $or: _, ...rest } = filter;
  return { $and: [rest, or[0]] };
}

/** Throws for the `_id` values that MongoDB does not store. */
export function assertId(id: unknown): void {
  if (Array.isArray(id)) throw new MongoError(53, "The '_id' value cannot be of type array");
  if ((id as { _bsontype?: string } | null | undefined)?._bsontype === 'BSONRegExp') {
    throw new MongoError(53, "The '_id' value cannot be of type regex");
  }
  if (isPlainObject(id) && Object.keys(id).some((name) => name.startsWith('$'))) {
    throw new MongoError(
      52,
      `_id fields may not contain '$'-prefixed fields: ${Object.keys(id)[0]} is not valid for storage.`,
    );
  }
}
