import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemEnvironment } from '../../platform/config/environment.js';

const LISTENING = /listening on (http:\/\/\S+?)(?:\s|"|$)/;
const CANNOT_START = /Cannot start: (.+)/;
const START_LIMIT_MS = 60_000;

/** A house of its own for a demonstration: embedded suppliers, private data folder, free port. */
export class DemoServer {
  /** Never resolves; rejects when the house ends although nobody asked it to. */
  readonly failure: Promise<never>;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    this.failure = once(child, 'exit').then(() => Promise.reject(new Error('The house ended by itself.')));
    this.failure.catch(() => undefined); // heard by whoever waits just then
  }

  /** Rejects with the house's own words when it does not open, or when the signal says to leave it; nothing runs then. */
  static async open(
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
      // By the channel the house notices when even this process is killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C reaches the demo, which then closes the house in order.
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

/** Where a house that is starting can be reached, as soon as it says so. */
async function address(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  const opened = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        if (lines.push(line) > 50) lines.shift();
        const found = LISTENING.exec(line)?.[1];
        if (found) resolve(found);
      });
    }
  });
  const url = await Promise.race([
    opened,
    once(child, 'close').then(() => undefined),
    once(signal, 'abort').then(() => undefined),
  ]);
  if (url) return url;
  const reason = lines.map((line) => CANNOT_START.exec(line)?.[1]).find(Boolean);
  throw new Error(`The house did not open: ${reason ?? lines.at(-1) ?? 'it said nothing.'}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
