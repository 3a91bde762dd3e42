import { createRequire } from 'node:module';

/** The parts of the driver's internal class `Connection` (mongodb/lib/cmap/connection.js) that are used here. */
interface DriverConnection {
  /** Why the connection was closed; undefined or null while it is open. */
  readonly error?: Error | null;
  once(event: 'close', listener: () => void): this;
  off(event: 'close', listener: () => void): this;
  writeCommand(...args: unknown[]): Promise<void>;
}

const changed = Symbol('writes end with their connection');

/**
 * Makes a command fail with MongoNetworkError as soon as its connection is closed.
 *
 * The driver (7.8 and 7.9) waits until a socket has taken a command ("drain"), but does not notice when the socket is
 * closed meanwhile: the command never ends, and if it was the monitor's, no server is ever found again and the process
 * has to be restarted. Errors of the socket reach the caller as plain errors that nobody takes for an outage. Both
 * happen when a server is killed while commands are sent to it. Calling this again changes nothing.
 */
export function endWritesOfClosedConnections(): void {
  const driver = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection } = driver('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: DriverConnection & { [changed]?: true } };
  };
  if (Connection.prototype[changed]) return;
  Connection.prototype[changed] = true;
  const write = Connection.prototype.writeCommand;
  Connection.prototype.writeCommand = function (...args) {
    return untilClosed(this, () => write.apply(this, args));
  };
}

async function untilClosed(connection: DriverConnection, write: () => Promise<void>): Promise<void> {
  if (connection.error) throw connection.error;
  let onClose = (): void => undefined;
  const closed = new Promise<never>((_, reject) => {
    onClose = () => reject(connection.error);
  });
  connection.once('close', onClose);
  try {
    await Promise.race([write(), closed]);
  } catch (error) {
    // An error of the socket is plain, the connection's own is a network error. One of encoding is passed on: the driver
    // takes the server for lost when it gets a network error.
    throw connection.error ?? error;
  } finally {
    connection.off('close', onClose);
  }
}
