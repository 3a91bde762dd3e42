import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import mongoose from 'mongoose';
import { tempDir } from '../../../../test/support/temp-dir.js';

const { MongoClient } = mongoose.mongo;
export type Client = mongoose.mongo.MongoClient;
export type Collection = mongoose.mongo.Collection<any>;

const MAIN = resolve('packages/embedded-mongo/dist/main.js');

/** The compiled server as a separate process. Its data folder survives a kill. */
export class EmbeddedDatabase {
  private child: ChildProcess | undefined;
  private readonly clients: Client[] = [];
  output = '';
  port = 0;

  private constructor(
    readonly directory: string,
    private readonly args: readonly string[],
  ) {}

  static async start(...args: string[]): Promise<EmbeddedDatabase> {
    const database = new EmbeddedDatabase(tempDir('embedded-database'), args);
    await database.run();
    return database;
  }

  /** Starts a process on the data folder. */
  async run(): Promise<void> {
    const args = [MAIN, '--data', this.directory, '--port', '0', ...this.args];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    child.stdout!.on('data', (text) => (this.output += text));
    child.stderr!.on('data', (text) => (this.output += text));
    this.child = child;
    this.port = await new Promise<number>((started, failed) => {
      child.once('message', (message) => started((message as { port: number }).port));
      child.once('exit', (code) => failed(new Error(`the server exited with ${code}: ${this.output}`)));
    });
  }

  get pid(): number {
    return this.child!.pid!;
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${this.port}/test`;
  }

  async client(options: mongoose.mongo.MongoClientOptions = {}): Promise<Client> {
    const client = await new MongoClient(this.uri, { serverSelectionTimeoutMS: 3000, ...options }).connect();
    this.clients.push(client);
    return client;
  }

  /** A new, empty collection. */
  async fresh(): Promise<Collection> {
    const client = this.clients[0] ?? (await this.client());
    return client.db('test').collection(`c${randomUUID().slice(0, 8)}`);
  }

  /** Ends the process. Resolves to its exit code, or null after a signal. */
  async signal(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(this.child!, 'exit');
    this.child!.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** Suspends the process: connections stay open and no request is answered. */
  pause(): void {
    this.child!.kill('SIGSTOP');
  }

  resume(): void {
    this.child!.kill('SIGCONT');
  }

  disconnectParent(): Promise<unknown[]> {
    const exited = once(this.child!, 'exit');
    this.child!.disconnect();
    return exited;
  }

  get exitCode(): number | null {
    return this.child!.exitCode;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.close()));
    if (this.child!.exitCode === null && this.child!.signalCode === null) await this.signal('SIGTERM');
  }
}

/** The error with which a promise is rejected; throws if it is resolved. */
export async function refusal(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}
