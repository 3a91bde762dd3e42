import { hostname } from 'node:os';
import { Double } from 'bson';
import type { Doc } from '../bson/codec.js';
import { MAX_DOCUMENT_BYTES } from '../bson/codec.js';
import { MAX_MESSAGE_BYTES } from '../wire/frame-reader.js';
import { MongoError } from '../mongo-error.js';
import type { Call, Command } from './command.js';

/** The protocol version: a standalone MongoDB 7.0. */
export const VERSION = '7.0.0';
const MAX_WIRE_VERSION = 21;
export const OK = { ok: new Double(1) } as const;

const hello =
  (primaryField: 'isWritablePrimary' | 'ismaster') =>
  (call: Call): Doc => ({
    [primaryField]: true,
    ...(call.body['helloOk'] === true ? { helloOk: true } : {}),
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: call.connection,
    minWireVersion: 0,
    maxWireVersion: MAX_WIRE_VERSION,
    readOnly: false,
    ...OK,
  });

const HELLO_FIELDS =
  'helloOk client compression hello saslSupportedMechs speculativeAuthenticate topologyVersion maxAwaitTimeMS loadBalanced forShell hostInfo backpressure'.split(
    ' ',
  );

const noAuthentication = (): never => {
  throw new MongoError(
    18,
    'Authentication failed: the embedded database has no users; connect without credentials.',
  );
};

/** Commands that drivers and tools send when they connect. */
export const handshakeCommands: Readonly<Record<string, Command>> = {
  hello: { fields: HELLO_FIELDS, run: hello('isWritablePrimary') },
  isMaster: { fields: [...HELLO_FIELDS, 'ismaster'], run: hello('ismaster') },
  ping: { fields: [], run: () => ({ ...OK }) },
  endSessions: { fields: [], run: () => ({ ...OK }) },
  killSessions: { fields: [], run: () => ({ ...OK }) },
  refreshSessions: { fields: [], run: () => ({ ...OK }) },
  startSession: { fields: [], run: () => ({ timeoutMinutes: 30, ...OK }) },
  logout: { fields: [], run: () => ({ ...OK }) },
  saslStart: { fields: ['*'], run: noAuthentication },
  authenticate: { fields: ['*'], run: noAuthentication },
  whatsmyuri: { fields: [], run: (call) => ({ you: `127.0.0.1:${call.connection}`, ...OK }) },
  connectionStatus: {
    fields: ['showPrivileges'],
    run: () => ({
      authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] },
      ...OK,
    }),
  },
  buildInfo: {
    fields: ['buildinfo'],
    run: () => ({
      version: VERSION,
      gitVersion: 'embedded',
      modules: [],
      allocator: 'system',
      javascriptEngine: 'none',
      sysInfo: 'embedded database',
      versionArray: VERSION.split('.').map(Number).concat(0),
      bits: 64,
      debug: false,
      maxBsonObjectSize: MAX_DOCUMENT_BYTES,
      storageEngines: ['lmdb'],
      host: hostname(),
      ...OK,
    }),
  },
};
