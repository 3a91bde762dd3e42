import { Logger } from '@nestjs/common';
import type { MongooseModuleOptions } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { every, retry } from '../async/retry.js';
import { endWritesOfClosedConnections } from './driver-writes.js';

const RETRY_MS = 2_000;

/**
 * Options for `MongooseModule.forRoot(uri, …)` with which the server starts without its database and keeps trying to
 * connect. Mongoose restores a connection that it once had, but gives up if the first attempt fails.
 */
export function mongoConnection(uri: string): MongooseModuleOptions {
  endWritesOfClosedConnections();
  const options = {
    serverSelectionTimeoutMS: 3_000,
    connectTimeoutMS: 3_000,
    // How soon a server that hangs is detected, so that waiting callers get an error.
    heartbeatFrequencyMS: 2_000,
    socketTimeoutMS: 30_000,
    // A query made without a connection fails soon, not after ten seconds.
    bufferTimeoutMS: 3_000,
  };
  return {
    ...options,
    lazyConnection: true,
    connectionFactory: (connection: Connection) => keepConnecting(connection, uri, options),
  };
}

const failures = new WeakMap<Connection, Error>();

/** The error of the last connection attempt; undefined while there is a connection. */
export function lastFailure(connection: Connection): Error | undefined {
  return failures.get(connection);
}

function keepConnecting(connection: Connection, uri: string, options: object): Connection {
  const logger = new Logger('Database');
  const closed = new AbortController();
  let known = false;
  let announced = false;
  connection.on('close', () => closed.abort());
  // Without a listener an error would end the process; until the first connection `report` does that.
  connection.on('error', (error: Error) => {
    failures.set(connection, error);
    if (known) logger.error(error.message);
  });
  connection.on('disconnected', () => known && !closed.signal.aborted && logger.warn('connection lost'));
  connection.on('connected', () => {
    if (!known) rememberReasons(connection);
    known = true;
    failures.delete(connection);
    logger.log('connected');
  });

  const report = (error: Error): void => {
    if (!announced) logger.error(`no connection yet, trying every ${RETRY_MS / 1000} s: ${error.message}`);
    announced = true;
    failures.set(connection, error);
  };
  const open = (attempt: number) =>
    attempt === 1 ? connection.asPromise() : connection.openUri(uri, options).then(() => connection);
  // Handling this promise is what keeps a failed first attempt from ending the process.
  retry(open, {
    ...every(RETRY_MS),
    signal: closed.signal,
    isBackground: true,
    onFailure: report,
  }).catch(() => undefined);
  return connection;
}

/** Records the error for which the driver gives up a server, such as one that is no longer the primary. */
function rememberReasons(connection: Connection): void {
  connection.getClient().on('serverDescriptionChanged', ({ newDescription: { error } }) => {
    if (error) failures.set(connection, error);
  });
}
