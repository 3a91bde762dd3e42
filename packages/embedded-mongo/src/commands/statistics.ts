import { Double, Long } from 'bson';
import type { Doc } from '../bson/codec.js';
import { asInteger } from '../bson/numbers.js';
import { findCollection, namespaceOf, type Call, type Command } from './command.js';
import { OK } from './handshake.js';

const whole = (value: number): Long => Long.fromNumber(Math.round(value));

function collStats(call: Call): Doc {
  const collection = findCollection(call);
  const scale = asInteger(call.body['scale']) || 1;
  const { count = 0, bytes = 0, indexes = [] } = collection ?? {};
  return {
    ns: namespaceOf(call),
    size: whole(bytes / scale),
    count: whole(count),
    ...(count > 0 ? { avgObjSize: whole(bytes / count) } : {}),
    storageSize: whole(bytes / scale),
    capped: false,
    nindexes: indexes.length,
    indexSizes: Object.fromEntries(indexes.map(({ name }) => [name, Long.ZERO])),
    totalIndexSize: Long.ZERO,
    totalSize: whole(bytes / scale),
    scaleFactor: scale,
    ...OK,
  };
}

function dbStats(call: Call): Doc {
  const collections = call.server.catalog.in(call.database);
  const scale = asInteger(call.body['scale']) || 1;
  const sum = (pick: (collection: (typeof collections)[number]) => number): number =>
    collections.reduce((total, collection) => total + pick(collection), 0);
  const [objects, bytes] = [sum(({ count }) => count), sum(({ bytes: size }) => size)];
  return {
    db: call.database,
    collections: whole(collections.length),
    views: Long.ZERO,
    objects: whole(objects),
    avgObjSize: new Double(objects > 0 ? bytes / objects : 0),
    dataSize: new Double(bytes / scale),
    storageSize: new Double(bytes / scale),
    indexes: whole(sum(({ indexes }) => indexes.length)),
    indexSize: new Double(0),
    totalSize: new Double(bytes / scale),
    scaleFactor: whole(scale),
    ...OK,
  };
}

/** Sizes of collections and databases, from counters that every write updates. */
export const statisticsCommands: Readonly<Record<string, Command>> = {
  collStats: { fields: ['scale', 'collstats'], run: collStats },
  dbStats: { fields: ['scale', 'freeStorage', 'dbstats'], run: dbStats },
};
