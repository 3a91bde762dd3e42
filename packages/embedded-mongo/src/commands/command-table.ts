import { assertDepth, type Doc } from '../bson/codec.js';
import { asInteger } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { assertDatabaseName } from '../storage/catalog.js';
import type { RawReply } from '../wire/raw-reply.js';
import { aggregateCommands } from './aggregate.js';
import { catalogCommands } from './catalog.js';
import type { Command, Request, Server } from './command.js';
import { diagnosticCommands } from './diagnostics.js';
import { explainCommands } from './explain.js';
import { findAndModifyCommands } from './find-and-modify.js';
import { handshakeCommands } from './handshake.js';
import { indexCommands } from './indexes.js';
import { readCommands } from './reads.js';
import { statisticsCommands } from './statistics.js';
import { writeCommands } from './writes.js';

const TABLE: Readonly<Record<string, Command>> = {
  ...handshakeCommands,
  ...readCommands,
  ...aggregateCommands,
  ...writeCommands,
  ...findAndModifyCommands,
  ...catalogCommands,
  ...indexCommands,
  ...explainCommands,
  ...statisticsCommands,
  ...diagnosticCommands,
};
// MongoDB accepts a few names in an older spelling.
const ALIASES: Readonly<Record<string, string>> = {
  ismaster: 'isMaster',
  buildinfo: 'buildInfo',
  findandmodify: 'findAndModify',
  dbstats: 'dbStats',
  collstats: 'collStats',
};

/** Arguments that every command accepts. A standalone server ignores most of them. */
const GENERIC = new Set(
  'lsid $db $clusterTime $readPreference readConcern writeConcern comment maxTimeMS apiVersion apiStrict apiDeprecationErrors $audit $client $configServerState $oplogQueryData $queryOptions $replData databaseVersion help mayBypassWriteBlocking serialization'.split(
    ' ',
  ),
);

const MAX_COMMAND_DEPTH = 220;

/** Looks up and runs the command of a request, after the checks common to all commands. */
export class CommandTable {
  constructor(private readonly server: Server) {}

  async run(request: Request): Promise<Doc | RawReply> {
    const sent = Object.keys(request.body)[0] ?? '';
    const name = ALIASES[sent] ?? sent;
    const command = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
    if (!command) throw new MongoError(59, `no such command: '${sent}'`);
    const database = request.body['$db'];
    if (database === undefined) throw new MongoError(40571, 'OP_MSG requests require a $db argument');
    assertDatabaseName(database);
    assertKnownFields(request, sent, command);
    // A command adds a few levels around its documents.
    assertDepth(request.body, MAX_COMMAND_DEPTH);
    assertStandaloneOptions(request.body);
    const body = sent === name ? request.body : { ...request.body, [name]: request.body[sent] };
    return command.run({ ...request, body, name, database, server: this.server });
  }
}

function assertKnownFields(request: Request, name: string, command: Command): void {
  if ('txnNumber' in request.body) {
    throw new MongoError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
  }
  for (const field of [...Object.keys(request.body), ...request.sequences.keys()]) {
    if (field === name || GENERIC.has(field) || command.fields.includes(field)) continue;
    if (command.fields.includes('*')) continue;
    throw new MongoError(40415, `BSON field '${name}.${field}' is an unknown field.`);
  }
}

function assertStandaloneOptions(body: Doc): void {
  const w = (body['writeConcern'] as Doc | undefined)?.['w'];
  const nodes = asInteger(w);
  if (nodes !== undefined && nodes > 1) {
    throw new MongoError(2, "cannot use 'w' > 1 when a host is not replicated");
  }
  const level = (body['readConcern'] as Doc | undefined)?.['level'];
  if (level === 'snapshot' || level === 'linearizable') {
    throw new MongoError(123, `node needs to be a replica set member to use read concern ${level}`);
  }
}
