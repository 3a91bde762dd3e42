import { hostname } from 'node:os';
import { Double, Long } from 'bson';
import type { Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import type { Call, Command } from './command.js';
import { OK, VERSION } from './handshake.js';

const PARAMETERS: Readonly<Doc> = {
  featureCompatibilityVersion: { version: '7.0' },
  authenticationMechanisms: [],
  quiet: false,
  enableTestCommands: false,
};

function getParameter(call: Call): Doc {
  if (
    call.body['getParameter'] === '*' ||
    (call.body['getParameter'] as Doc | null)?.['allParameters'] === true
  ) {
    return { ...PARAMETERS, ...OK };
  }
  const asked = Object.keys(call.body).filter((name) => Object.hasOwn(PARAMETERS, name));
  if (asked.length === 0) throw new MongoError(72, 'no option found to get');
  return { ...Object.fromEntries(asked.map((name) => [name, PARAMETERS[name]])), ...OK };
}

function serverStatus(call: Call): Doc {
  const uptime = (Date.now() - call.server.startedAt.getTime()) / 1000;
  const memory = process.memoryUsage();
  return {
    host: hostname(),
    version: VERSION,
    process: 'embedded-database',
    pid: Long.fromNumber(process.pid),
    uptime: new Double(uptime),
    uptimeMillis: Long.fromNumber(Math.round(uptime * 1000)),
    localTime: new Date(),
    connections: { current: call.server.connections() },
    mem: { bits: 64, resident: Math.round(memory.rss / 1024 / 1024) },
    metrics: { cursor: { open: { total: Long.fromNumber(call.server.cursors.count) } } },
    storageEngine: { name: 'lmdb', persistent: true, readOnly: false },
    ...OK,
  };
}

function getLog(call: Call): Doc {
  if (call.body['getLog'] === '*') return { names: ['global', 'startupWarnings'], ...OK };
  return { totalLinesWritten: 0, log: [], ...OK };
}

function shutdown(call: Call): Doc {
  if (call.database !== 'admin')
    throw new MongoError(13, 'shutdown may only be run against the admin database.');
  setImmediate(call.server.stop);
  return { ...OK };
}

/** Commands that mongosh, Compass and mongodump use to inspect the server. */
export const diagnosticCommands: Readonly<Record<string, Command>> = {
  getParameter: { fields: ['*'], run: getParameter },
  serverStatus: { fields: ['*'], run: serverStatus },
  getLog: { fields: [], run: getLog },
  hostInfo: {
    fields: [],
    run: () => ({
      system: { currentTime: new Date(), hostname: hostname() },
      os: { type: process.platform },
      extra: {},
      ...OK,
    }),
  },
  getCmdLineOpts: { fields: [], run: () => ({ argv: [], parsed: {}, ...OK }) },
  fsync: { fields: ['lock'], run: () => ({ numFiles: 1, ...OK }) },
  shutdown: { fields: ['force', 'timeoutSecs'], run: shutdown },
};
