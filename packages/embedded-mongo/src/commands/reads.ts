import { Long } from 'bson';
import type { Doc } from '../bson/codec.js';
import { asFlag, asInteger } from '../bson/numbers.js';
import { lookup } from '../bson/path.js';
import { valueKey } from '../bson/value-key.js';
import { ServerCursor } from '../cursors/server-cursor.js';
import { MongoError } from '../mongo-error.js';
import { countMatches } from '../query/count.js';
import { Matcher } from '../query/matcher.js';
import { compileProjection } from '../query/projection.js';
import { Search } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import { typeName } from '../query/type-names.js';
import { cursorReply, type RawReply } from '../wire/raw-reply.js';
import {
  assertSimpleCollation,
  collectionName,
  countArgument,
  documentArgument,
  findCollection,
  namespaceOf,
  refuse,
  variablesOf,
  type Call,
  type Command,
} from './command.js';
import { OK } from './handshake.js';

export const FIND_FIELDS =
  'filter sort projection hint skip limit batchSize singleBatch max min returnKey showRecordId tailable awaitData noCursorTimeout allowPartialResults oplogReplay collation allowDiskUse let'.split(
    ' ',
  );

/** The search of a find or its explain, or undefined if the collection does not exist. */
export function findSearch(call: Call): Search | undefined {
  refuse(call, 'max', 'min', 'returnKey', 'showRecordId', 'tailable', 'awaitData');
  assertSimpleCollation(call.body['collation']);
  const filter = documentArgument(call, 'filter');
  const variables = variablesOf(call);
  const sort = parseSort(call.body['sort']);
  const limit = limitOf(call);
  const skip = countArgument(call, 'skip') ?? 0;
  const collection = findCollection(call);
  if (!collection) {
    // An invalid filter is an error even if the collection does not exist.
    void new Matcher(filter, variables);
    return undefined;
  }
  return new Search(collection, filter, { sort, skip, limit, hint: call.body['hint'], variables });
}

function limitOf(call: Call): number | undefined {
  return countArgument(call, 'limit') || undefined;
}

async function find(call: Call): Promise<RawReply> {
  const batchSize = countArgument(call, 'batchSize');
  const projection = compileProjection(
    documentArgument(call, 'projection'),
    documentArgument(call, 'filter'),
    variablesOf(call),
  );
  const search = findSearch(call);
  const namespace = namespaceOf(call);
  if (!search) return cursorReply('firstBatch', [], Long.ZERO, namespace);
  const documents = async function* (): AsyncGenerator<Buffer[]> {
    for await (const piece of search.pieces()) {
      yield piece.map((found) => (projection ? projection(found) : found.bytes));
    }
  };
  const cursor = new ServerCursor(namespace, documents(), search.options.limit);
  return call.server.cursors.start(cursor, batchSize, asFlag(call.body['singleBatch']));
}

function cursorId(value: unknown): Long {
  if (value instanceof Long) return value;
  const number = asInteger(value);
  if (number === undefined)
    throw new MongoError(
      14,
      `BSON field 'getMore.getMore' is the wrong type '${typeName(value)}', expected type 'long'`,
    );
  return Long.fromNumber(number);
}

function getMore(call: Call): Promise<RawReply> {
  const collection = call.body['collection'];
  if (typeof collection !== 'string')
    throw new MongoError(40414, "BSON field 'getMore.collection' is missing but a required field");
  return call.server.cursors.more(
    cursorId(call.body['getMore']),
    `${call.database}.${collection}`,
    countArgument(call, 'batchSize'),
  );
}

async function killCursors(call: Call): Promise<Doc> {
  const ids = call.body['cursors'];
  if (!Array.isArray(ids))
    throw new MongoError(40414, "BSON field 'killCursors.cursors' is missing but a required field");
  const cursorsKilled: Long[] = [];
  const cursorsNotFound: Long[] = [];
  for (const id of ids.map(cursorId)) {
    ((await call.server.cursors.kill(id)) ? cursorsKilled : cursorsNotFound).push(id);
  }
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ...OK };
}

async function count(call: Call): Promise<Doc> {
  assertSimpleCollation(call.body['collation']);
  const filter = documentArgument(call, 'query');
  // MongoDB takes a negative limit for its absolute value.
  const limit = Math.abs(asInteger(call.body['limit']) ?? 0) || undefined;
  const skip = countArgument(call, 'skip') ?? 0;
  const collection = findCollection(call);
  const n = collection ? await countMatches(collection, filter, { skip, limit, hint: call.body['hint'] }) : 0;
  return { n, ...OK };
}

async function distinct(call: Call): Promise<Doc> {
  assertSimpleCollation(call.body['collation']);
  const key = call.body['key'];
  if (typeof key !== 'string')
    throw new MongoError(
      14,
      `BSON field 'distinct.key' is the wrong type '${typeName(key)}', expected type 'string'`,
    );
  collectionName(call);
  const collection = findCollection(call);
  const values = new Map<string, unknown>();
  if (collection) {
    const steps = key.split('.');
    const search = new Search(collection, documentArgument(call, 'query'), { hint: call.body['hint'] });
    for await (const piece of search.pieces()) {
      for (const { doc } of piece) {
        for (const leaf of lookup(doc, steps)) {
          for (const value of Array.isArray(leaf) ? (leaf as unknown[]) : [leaf]) {
            if (value !== undefined) values.set(valueKey(value).toString('latin1'), value);
          }
        }
      }
    }
  }
  return { values: [...values.values()], ...OK };
}

/** Commands that read. */
export const readCommands: Readonly<Record<string, Command>> = {
  find: { fields: FIND_FIELDS, run: find },
  getMore: { fields: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime'], run: getMore },
  killCursors: { fields: ['cursors'], run: killCursors },
  count: { fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'], run: count },
  distinct: { fields: ['key', 'query', 'collation', 'hint'], run: distinct },
};
