import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemEnvironment } from '../../platform/config/environment.js';
import { ServerProcess, StartFailure } from '../server-process.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));
const CANNOT_START = /Cannot start: (.+)/;

/** A private server for a demonstration, with embedded backing services, its own data folder and a free port. */
export class DemoServer {
  /** Never resolves; rejects when the server stops before `close`. */
  readonly failure: Promise<never>;

  private constructor(private readonly server: ServerProcess) {
    this.failure = once(server.child, 'exit').then(() =>
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
    const env = {
      ...systemEnvironment(),
      PORT: '0',
      DATA_DIR: dataDir,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      LOG_FORMAT: 'json',
    };
    try {
      // Detached, so that Ctrl-C reaches only the demo, which then stops the server.
      return new DemoServer(await ServerProcess.start(MAIN, { env, signal, detached: true }));
    } catch (error) {
      throw error instanceof StartFailure ? new Error(`The server did not start: ${reasonIn(error)}`) : error;
    }
  }

  get url(): string {
    return this.server.url;
  }

  async close(): Promise<void> {
    await this.server.end();
  }
}

function reasonIn({ lines }: StartFailure): string {
  const reason = lines.map((line) => CANNOT_START.exec(line)?.[1]).find(Boolean);
  return reason ?? lines.at(-1) ?? 'it printed nothing.';
}
