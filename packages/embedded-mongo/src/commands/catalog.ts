import { Binary, Long } from 'bson';
import { encode, type Doc } from '../bson/codec.js';
import { asFlag } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { Matcher } from '../query/matcher.js';
import type { Collection } from '../storage/collection.js';
import { cursorReply, type RawReply } from '../wire/raw-reply.js';
import {
  assertSimpleCollation,
  collectionName,
  documentArgument,
  findCollection,
  refuse,
  type Call,
  type Command,
} from './command.js';
import { OK } from './handshake.js';

const CREATE_FIELDS =
  'capped size max autoIndexId idIndex validator validationLevel validationAction storageEngine indexOptionDefaults viewOn pipeline collation timeseries expireAfterSeconds clusteredIndex changeStreamPreAndPostImages encryptedFields flags temp'.split(
    ' ',
  );

async function create(call: Call): Promise<Doc> {
  refuse(
    call,
    ...CREATE_FIELDS.filter(
      (field) =>
        ![
          'collation',
          'autoIndexId',
          'idIndex',
          'flags',
          'temp',
          'validationLevel',
          'validationAction',
        ].includes(field),
    ),
  );
  assertSimpleCollation(call.body['collation']);
  const name = collectionName(call);
  await call.server.catalog.engine.write(() => {
    if (findCollection(call)) {
      throw new MongoError(48, `Collection ${call.database}.${name} already exists.`);
    }
    call.server.catalog.create(call.database, name);
  });
  return { ...OK };
}

async function drop(call: Call): Promise<Doc> {
  const { catalog } = call.server;
  const dropped = await catalog.engine.write(() => {
    const collection = findCollection(call);
    if (!collection) return undefined;
    catalog.drop(collection);
    return { nIndexesWas: collection.indexes.length, ns: collection.namespace };
  });
  // MongoDB 7 replies ok for a collection that does not exist.
  if (!dropped) return { ...OK };
  void catalog.purge();
  return { ...dropped, ...OK };
}

async function dropDatabase(call: Call): Promise<Doc> {
  const { catalog } = call.server;
  const dropped = await catalog.engine.write(() => {
    const collections = catalog.in(call.database);
    for (const collection of collections) catalog.drop(collection);
    return collections.length;
  });
  void catalog.purge();
  return dropped > 0 ? { dropped: call.database, ...OK } : { ...OK };
}

const describe = (collection: Collection): Doc => ({
  name: collection.name,
  type: 'collection',
  options: collection.options,
  info: {
    readOnly: false,
    uuid: new Binary(Buffer.from(collection.uuid.replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID),
  },
  idIndex: collection.idIndex.spec,
});

function listCollections(call: Call): RawReply {
  const matcher = new Matcher(documentArgument(call, 'filter'));
  const found = call.server.catalog
    .in(call.database)
    .map(describe)
    .filter((description) => matcher.matches(description))
    .map((description) =>
      asFlag(call.body['nameOnly']) ? { name: description['name'], type: 'collection' } : description,
    );
  return cursorReply(
    'firstBatch',
    found.map((doc) => encode(doc)),
    Long.ZERO,
    `${call.database}.$cmd.listCollections`,
  );
}

function listDatabases(call: Call): Doc {
  if (call.database !== 'admin')
    throw new MongoError(13, 'listDatabases may only be run against the admin database.');
  const matcher = new Matcher(documentArgument(call, 'filter'));
  const names = [...new Set(call.server.catalog.all().map(({ database }) => database))].sort();
  const databases = names
    .map((name) => {
      const collections = call.server.catalog.in(name);
      const sizeOnDisk = collections.reduce((sum, { bytes }) => sum + bytes, 0);
      return { name, sizeOnDisk: Long.fromNumber(sizeOnDisk), empty: collections.length === 0 };
    })
    .filter((database) => matcher.matches(database));
  if (asFlag(call.body['nameOnly'])) return { databases: databases.map(({ name }) => ({ name })), ...OK };
  const totalSize = databases.reduce((sum, { sizeOnDisk }) => sum.add(sizeOnDisk), Long.ZERO);
  return { databases, totalSize, totalSizeMb: totalSize.div(1024 * 1024), ...OK };
}

/** Commands on collections and databases. */
export const catalogCommands: Readonly<Record<string, Command>> = {
  create: { fields: CREATE_FIELDS, run: create },
  drop: { fields: [], run: drop },
  dropDatabase: { fields: [], run: dropDatabase },
  listCollections: {
    fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
    run: listCollections,
  },
  listDatabases: { fields: ['filter', 'nameOnly', 'authorizedDatabases'], run: listDatabases },
};
