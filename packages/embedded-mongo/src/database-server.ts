import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { CommandTable } from './commands/command-table.js';
import { Connection } from './connection.js';
import { CursorRegistry } from './cursors/cursor-registry.js';
import { Catalog } from './storage/catalog.js';
import { DataLock } from './storage/data-lock.js';
import { Engine } from './storage/engine.js';
import { finishIndexBuilds } from './storage/index-builder.js';
import { TtlMonitor } from './storage/ttl-monitor.js';

export interface ServerOptions {
  readonly directory: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly ttlIntervalMs: number;
}

const HOST = '127.0.0.1';
/** The time that running requests have to finish after a stop, in milliseconds. */
const STOP_GRACE_MS = 1000;

/** The embedded document database: serves one data directory on one loopback port. */
export class DatabaseServer {
  private readonly lock: DataLock;
  private readonly catalog: Catalog;
  private readonly cursors = new CursorRegistry();
  private readonly ttl: TtlMonitor;
  private readonly commands: CommandTable;
  private readonly connections = new Set<Connection>();
  private readonly listener = createServer((socket) => void this.accept(socket));
  private lastConnection = 0;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: ServerOptions) {
    mkdirSync(options.directory, { recursive: true });
    this.lock = DataLock.acquire(options.directory);
    this.catalog = new Catalog(new Engine(options.directory, exitOnStorageFailure));
    this.ttl = new TtlMonitor(this.catalog, options.ttlIntervalMs);
    this.commands = new CommandTable({
      catalog: this.catalog,
      cursors: this.cursors,
      startedAt: new Date(),
      connections: () => this.connections.size,
      stop: () => process.emit('SIGTERM'),
    });
  }

  /** Resolves with the port once clients can connect. */
  async listen(): Promise<number> {
    await this.catalog.dropTemporary();
    await new Promise<void>((resolve, reject) => {
      this.listener.once('error', reject);
      this.listener.listen(this.options.port, HOST, resolve);
    });
    this.ttl.start();
    void finishIndexBuilds(this.catalog).finally(() => this.catalog.purge());
    return (this.listener.address() as AddressInfo).port;
  }

  /** Waits for running requests, then flushes and closes the data directory. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    this.ttl.stop();
    this.cursors.stop();
    this.listener.close();
    const until = Date.now() + STOP_GRACE_MS;
    while (Date.now() < until && [...this.connections].some(({ busy }) => busy)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const connection of this.connections) connection.close();
    await this.catalog.close();
    this.lock.release();
  }

  private async accept(socket: Socket): Promise<void> {
    socket.on('error', () => socket.destroy());
    const connection = new Connection(socket, ++this.lastConnection, this.commands);
    this.connections.add(connection);
    await connection.serve();
    this.connections.delete(connection);
  }
}

/** Exits, because no further write may be acknowledged. The next start finds the last committed state. */
function exitOnStorageFailure(error: unknown): never {
  process.stderr.write(`The embedded database cannot write to its data directory: ${String(error)}\n`);
  process.exit(1);
}
