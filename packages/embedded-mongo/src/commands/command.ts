import type { Doc } from '../bson/codec.js';
import { asInteger } from '../bson/numbers.js';
import type { CursorRegistry } from '../cursors/cursor-registry.js';
import { MongoError } from '../mongo-error.js';
import { typeName } from '../query/type-names.js';
import { letVariables } from '../query/variables.js';
import type { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';
import type { RawReply } from '../wire/raw-reply.js';

/** A request as received from the client. */
export interface Request {
  readonly body: Doc;
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
  readonly connection: number;
}

/** The parts of the server that commands use. */
export interface Server {
  readonly catalog: Catalog;
  readonly cursors: CursorRegistry;
  readonly startedAt: Date;
  readonly connections: () => number;
  readonly stop: () => void;
}

/** A request that passed the checks common to all commands. */
export interface Call extends Request {
  readonly name: string;
  readonly database: string;
  readonly server: Server;
}

export interface Command {
  /** Arguments in addition to those of every command. Unknown arguments are refused, as in MongoDB. */
  readonly fields: readonly string[];
  readonly run: (call: Call) => Doc | RawReply | Promise<Doc | RawReply>;
}

/** The collection a command names. */
export function collectionName(call: Call): string {
  const name = call.body[call.name];
  if (typeof name !== 'string') {
    throw new MongoError(2, `collection name has invalid type ${typeName(name)}`);
  }
  if (name === '' || name.includes('\0')) {
    throw new MongoError(73, `Invalid namespace specified '${call.database}.${name}'`);
  }
  return name;
}

export function findCollection(call: Call): Collection | undefined {
  return call.server.catalog.find(call.database, collectionName(call));
}

export const namespaceOf = (call: Call): string => `${call.database}.${collectionName(call)}`;

/** A non-negative integer argument, or undefined if it is missing. */
export function countArgument(call: Call, field: string): number | undefined {
  const value = call.body[field];
  if (value === undefined || value === null) return undefined;
  const number = asInteger(value);
  if (number === undefined) {
    throw new MongoError(
      14,
      `BSON field '${call.name}.${field}' is the wrong type '${typeName(value)}', expected types '[long, int, decimal, double]'`,
    );
  }
  if (number < 0) {
    throw new MongoError(51024, `BSON field '${field}' value must be >= 0, actual value '${number}'`);
  }
  return number;
}

/** A document argument, empty if it is missing. */
export function documentArgument(call: Call, field: string): Doc {
  const value = call.body[field];
  if (value === undefined || value === null) return {};
  if (typeName(value) !== 'object') {
    throw new MongoError(
      14,
      `BSON field '${call.name}.${field}' is the wrong type '${typeName(value)}', expected type 'object'`,
    );
  }
  return value as Doc;
}

/** The variables of a command's `let`, which `$expr` and pipelines may use as `$$name`. */
export const variablesOf = (call: Call): Doc => letVariables(documentArgument(call, 'let'));

/** Throws for collations that need a language-aware comparison; only `simple` is supported. */
export function assertSimpleCollation(collation: unknown): void {
  if (collation === undefined || collation === null) return;
  if ((collation as Doc)['locale'] === 'simple') return;
  throw new MongoError(
    238,
    'the embedded database compares strings by their bytes only; collations other than { locale: "simple" } are not supported',
  );
}

/** Throws if an unsupported option has a value that would change the result. */
export function refuse(call: Call, ...fields: string[]): void {
  for (const field of fields) {
    const value = call.body[field];
    if (value === undefined || value === null || value === false) continue;
    if (typeName(value) === 'object' && Object.keys(value as Doc).length === 0) continue;
    throw new MongoError(
      238,
      `option '${field}' of '${call.name}' is not supported by the embedded database`,
    );
  }
}
