import { Logger } from '@nestjs/common';
import type { MongooseModuleOptions } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';

const RETRY_MS = 2_000;

/**
 * Options for `MongooseModule.forRoot(uri, …)` under which the house opens without its database and keeps knocking.
 * Mongoose repairs a connection it once had, but gives up on one it never had.
 */
export function mongoConnection(uri: string): MongooseModuleOptions {
  const options = {
    serverSelectionTimeoutMS: 3_000,
    connectTimeoutMS: 3_000,
    // How soon a server that hangs is noticed, and those who wait for it are told.
    heartbeatFrequencyMS: 2_000,
    socketTimeoutMS: 30_000,
    // A query made while there is no connection fails soon instead of holding its listener for ten seconds.
    bufferTimeoutMS: 3_000,
  };
  return {
    ...options,
    lazyConnection: true,
    connectionFactory: (connection: Connection) => keepConnecting(connection, uri, options),
  };
}

const failures = new WeakMap<Connection, Error>();

/** Why there is no connection, as far as the last try has told; undefined while there is one. */
export function lastFailure(connection: Connection): Error | undefined {
  return failures.get(connection);
}

function keepConnecting(connection: Connection, uri: string, options: object): Connection {
  const logger = new Logger('Database');
  let closed = false;
  let known = false;
  let announced = false;
  connection.on('close', () => (closed = true));
  // Without a listener an error would end the process; until the first connection `knockAgain` tells of it.
  connection.on('error', (error: Error) => {
    failures.set(connection, error);
    if (known) logger.error(error.message);
  });
  connection.on('disconnected', () => known && !closed && logger.warn('connection lost'));
  connection.on('connected', () => {
    if (!known) rememberReasons(connection);
    known = true;
    failures.delete(connection);
    logger.log('connected');
  });

  const knockAgain = (error: Error): void => {
    if (!announced) logger.error(`no connection yet, trying every ${RETRY_MS / 1000} s: ${error.message}`);
    announced = true;
    failures.set(connection, error);
    setTimeout(() => {
      if (!closed) connection.openUri(uri, options).catch(knockAgain);
    }, RETRY_MS).unref();
  };
  // Handling this promise is what keeps a failed first attempt from ending the process.
  connection.asPromise().catch(knockAgain);
  return connection;
}

/** A server that refuses, because it is not the primary any more, is given up with this error, and asked again soon. */
function rememberReasons(connection: Connection): void {
  connection.getClient().on('serverDescriptionChanged', ({ newDescription: { error } }) => {
    if (error) failures.set(connection, error);
  });
}
