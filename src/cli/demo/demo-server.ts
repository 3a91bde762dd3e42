import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemEnvironment } from '../../platform/config/environment.js';

const LISTENING = /listening on (http:\/\/\S+?)(?:\s|"|$)/;
const CANNOT_START = /Cannot start: (.+)/;
const START_LIMIT_MS = 60_000;

/** A private server for a demonstration, with embedded backing services, its own data folder and a free port. */
export class DemoServer {
  /** Never resolves; rejects when the server stops before `close`. */
  readonly failure: Promise<never>;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    this.failure = once(child, 'exit').then(() =>
      Promise.reject(new Error('The server stopped unexpectedly.')),
    );
    this.failure.catch(() => undefined); // handled by callers that await it
  }

  /** Rejects with the server's own message if it does not start or the signal aborts; its process has ended then. */
  static async start(
    dataDir: string,
    admin: { email: string; password: string },
    signal: AbortSignal,
  ): Promise<DemoServer> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../main.js', import.meta.url))], {
      env: {
        ...systemEnvironment(),
        PORT: '0',
        DATA_DIR: dataDir,
        ADMIN_EMAIL: admin.email,
        ADMIN_PASSWORD: admin.password,
        LOG_FORMAT: 'json',
      },
      // The server detects by the closed IPC channel that this process was killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Detached, so that Ctrl-C reaches only the demo, which then stops the server.
      detached: true,
    });
    try {
      return new DemoServer(
        child,
        await address(child, AbortSignal.any([signal, AbortSignal.timeout(START_LIMIT_MS)])),
      );
    } catch (error) {
      await end(child);
      throw error;
    }
  }

  async close(): Promise<void> {
    await end(this.child);
  }
}

/** Resolves to the server's URL once its log states it. */
async function address(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  const started = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        if (lines.push(line) > 50) lines.shift();
        const found = LISTENING.exec(line)?.[1];
        if (found) resolve(found);
      });
    }
  });
  const url = await Promise.race([
    started,
    once(child, 'close').then(() => undefined),
    once(signal, 'abort').then(() => undefined),
  ]);
  if (url) return url;
  const reason = lines.map((line) => CANNOT_START.exec(line)?.[1]).find(Boolean);
  throw new Error(`The server did not start: ${reason ?? lines.at(-1) ?? 'it printed nothing.'}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
