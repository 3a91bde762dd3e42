import { parseArgs } from 'node:util';
import { DatabaseServer } from './database-server.js';

const USAGE = `Usage: embedded-mongo [options]

  --data FOLDER         data folder, created if it is missing (default: data/embedded-database)
  --port NUMBER         port on 127.0.0.1; 0 picks a free one (default: 27027)
  --ttl-interval-ms MS  interval of the search for expired documents (default: 60000)
  --help                prints this text
`;

function options() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: 'data/embedded-database' },
      port: { type: 'string', default: '27027' },
      'ttl-interval-ms': { type: 'string', default: '60000' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

async function start(): Promise<void> {
  const values = options();
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  // The data may contain password hashes, so only the owner may read it.
  process.umask(0o077);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`--port ${values.port} is not a port number.`);
  const ttlIntervalMs = Number(values['ttl-interval-ms']);
  if (!(ttlIntervalMs >= 1)) throw new Error('--ttl-interval-ms must be a number of milliseconds.');
  const server = new DatabaseServer({ directory: values.data, port, ttlIntervalMs });
  const stop = (): void => {
    void server.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A child process stops when its parent is gone.
  if (process.send) process.once('disconnect', stop);
  const bound = await server.listen().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  process.stdout.write(
    `embedded database listening on mongodb://127.0.0.1:${bound}\n` +
      'It is meant for one machine and for small to medium installations; docs/operations.md says when to move to MongoDB.\n',
  );
  process.send?.({ port: bound });
}

try {
  await start();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
