import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { eventuallyPasses } from './eventually.js';
import { freePort } from './free-port.js';
import { tempDir } from './temp-dir.js';

/** A real redis-server that can be killed, frozen and started again on the same port and data. */
export class RedisServer {
  private server?: ChildProcess;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
  ) {}

  static async create(): Promise<RedisServer> {
    return new RedisServer(await freePort(), tempDir('redis'));
  }

  /** The folder of its files. */
  get dir(): string {
    return this.folder;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when Redis serves or demands a password. `more`: settings of redis.conf, as arguments. */
  async start(...more: string[]): Promise<void> {
    await this.launch(...more);
    await eventuallyPasses(() => this.ask((client) => client.ping()).catch(answeredWith(/NOAUTH/)));
  }

  /** Resolves when Redis answers at all: it may still be loading its data. */
  async launch(...more: string[]): Promise<void> {
    const args = ['--port', String(this.port), '--dir', this.folder, '--appendonly', 'yes', '--save', ''];
    this.server = spawn('redis-server', [...args, ...more], { stdio: 'ignore' });
    await eventuallyPasses(() => this.ask((client) => client.ping()).catch(answeredWith(/NOAUTH|LOADING/)));
  }

  /** A lasting connection, opened before Redis demands a password or changes its rules: it keeps its permissions. */
  async control(password?: string): Promise<Redis> {
    const client = new Redis(this.url, { enableReadyCheck: false, password });
    client.on('error', () => undefined);
    await client.ping();
    return client;
  }

  signal(signal: NodeJS.Signals): void {
    this.server!.kill(signal);
  }

  async kill(): Promise<void> {
    const gone = once(this.server!, 'exit');
    this.server!.kill('SIGKILL');
    await gone;
    this.server = undefined;
  }

  /** Ends it, if it runs. */
  async remove(): Promise<void> {
    if (this.server?.exitCode === null && this.server.signalCode === null) await this.kill();
  }

  async ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, {
      lazyConnect: true,
      retryStrategy: () => null,
      enableReadyCheck: false,
      disconnectTimeout: 50,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await question(client);
    } finally {
      client.disconnect();
    }
  }

  async commandsProcessed(): Promise<number> {
    const stats = await this.ask((client) => client.call('INFO', 'stats') as Promise<string>);
    return Number(/total_commands_processed:(\d+)/.exec(stats)?.[1]);
  }

  eventuallyHolds(key: string): Promise<void> {
    return eventuallyPasses(async () => expect(await this.ask((client) => client.exists(key))).toBe(1));
  }

  /** Resolves when writes that the server does not await have arrived. */
  async settled(): Promise<void> {
    await sleep(100);
  }
}

function answeredWith(refusal: RegExp): (error: Error) => string {
  return (error) => {
    if (refusal.test(error.message)) return error.message;
    throw error;
  };
}
