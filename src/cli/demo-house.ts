import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemEnvironment } from '../config/config.js';

const LISTENING = /listening on (http:\/\/\S+?)(?:\s|"|$)/;
const START_LIMIT_MS = 60_000;

/** A house of its own for a demonstration: embedded suppliers, private data folder, free port. */
export class DemoHouse {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Rejects with the house's own words when it does not open. */
  static async open(dataDir: string, admin: { email: string; password: string }): Promise<DemoHouse> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../main.js', import.meta.url))], {
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
    const lines: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const fail = () => reject(new Error(`The house did not open.\n${lines.slice(-8).join('\n')}`));
      const timer = setTimeout(fail, START_LIMIT_MS);
      child.once('exit', () => (clearTimeout(timer), fail()));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream! }).on('line', (line) => {
          if (lines.push(line) > 50) lines.shift();
          const found = LISTENING.exec(line)?.[1];
          if (found) resolve((clearTimeout(timer), found));
        });
      }
    });
    return new DemoHouse(child, url);
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }

  /** Called when the house ends although nobody asked it to. */
  onUnexpectedEnd(listener: () => void): void {
    this.child.once('exit', listener);
  }
}
