import { isPlainObject } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { typeName } from '../query/type-names.js';
import { assertDatabaseName, assertNamespace } from '../storage/catalog.js';

/** The collection named by `$out` or by the `into` of `$merge`: a name, or `{ db, coll }`. */
export interface Target {
  readonly database: string | undefined;
  readonly name: string;
}

/** Throws a MongoError with code `wrongType` if the target is neither a name nor a document. */
export function targetOf(spec: unknown, stage: string, wrongType: number): Target {
  if (typeof spec === 'string') return { database: undefined, name: spec };
  if (!isPlainObject(spec))
    throw new MongoError(
      wrongType,
      `${stage} only supports a string or object argument, but found ${typeName(spec)}`,
    );
  const unknown = Object.keys(spec).find((field) => field !== 'db' && field !== 'coll');
  if (unknown === 'timeseries')
    throw new MongoError(238, "option 'timeseries' of '$out' is not supported by the embedded database");
  if (unknown !== undefined)
    throw new MongoError(40415, `BSON field '${stage}.${unknown}' is an unknown field.`);
  const { db, coll } = spec;
  if (typeof coll !== 'string' || (db !== undefined && typeof db !== 'string'))
    throw new MongoError(wrongType, `${stage} takes the names 'coll' and 'db' as strings`);
  return { database: db, name: coll };
}

/** The checked database and name of a target; the database defaults to the pipeline's. */
export function namespaceIn(target: Target, database: string): { database: string; name: string } {
  const own = target.database ?? database;
  assertDatabaseName(own);
  assertNamespace(own, target.name);
  return { database: own, name: target.name };
}
