import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const LISTENING = /listening on (http:\/\/[^\s"]+)/;

export interface ServerProcessOptions {
  env: NodeJS.ProcessEnv;
  args?: string[];
  /** Options of Node itself. */
  execArgv?: string[];
  /** What the program prints when it is ready; its first group is the URL. */
  announcement?: RegExp;
  /** How long it may take to start, milliseconds. */
  limitMs?: number;
  /** Gives the start up. */
  signal?: AbortSignal;
  /** How many of the latest lines are kept. */
  keptLines?: number;
  /** In a process group of its own, so that Ctrl-C in a terminal does not reach it. */
  detached?: boolean;
}

/** A program ended before it was ready, or was given up; its message has the last lines. */
export class StartFailure extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`the server did not start:\n${lines.slice(-15).join('\n')}`);
  }
}

/** A server in a process of its own, as the demo, tests and benchmarks start it. It ends when this process dies. */
export class ServerProcess {
  /** What it has printed, the latest last. */
  readonly lines: string[] = [];

  private constructor(
    readonly child: ChildProcess,
    public url = '',
  ) {}

  /** Resolves when the compiled program `script` is ready; rejects with StartFailure, and its process has ended then. */
  static async start(
    script: string,
    {
      env,
      args = [],
      execArgv = [],
      announcement = LISTENING,
      limitMs = 60_000,
      signal,
      keptLines = 50,
      detached,
    }: ServerProcessOptions,
  ): Promise<ServerProcess> {
    const child = spawn(process.execPath, [...execArgv, script, ...args], {
      env,
      detached,
      // A server detects by the closed IPC channel that this process was killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const server = new ServerProcess(child);
    const limit = AbortSignal.timeout(limitMs);
    const url = await Promise.race([
      server.announced(announcement, keptLines),
      once(child, 'close').then(() => undefined),
      once(AbortSignal.any(signal ? [signal, limit] : [limit]), 'abort').then(() => undefined),
    ]);
    if (url === undefined) {
      await server.end();
      throw new StartFailure(server.lines);
    }
    server.url = url;
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Ends the process, unless it has ended, and resolves when it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }

  private announced(announcement: RegExp, keptLines: number): Promise<string> {
    return new Promise((resolve) => {
      for (const stream of [this.child.stdout!, this.child.stderr!])
        createInterface({ input: stream }).on('line', (line) => {
          if (this.lines.push(line) > keptLines) this.lines.shift();
          const found = announcement.exec(line);
          if (found) resolve(found[1] ?? found[0]);
        });
    });
  }
}
