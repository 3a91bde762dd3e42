import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startProgram } from './program.js';

interface HealthBody {
  details: Record<string, Record<string, unknown>>;
  error: Record<string, Record<string, unknown>>;
}

export interface Answer {
  status: number;
  cacheControl: string | null;
  text: string;
  body: HealthBody;
  milliseconds: number;
}

interface Opened {
  port: number;
  urls: { mongodbUri: string; redisUrl: string };
}

export function statuses({ details }: HealthBody): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([name, detail]) => [name, detail['status']]));
}

/** The compiled health and metrics modules in a server of their own, with the backing services main.ts would start. */
export class HealthTestServer {
  private constructor(
    private readonly program: ChildProcess,
    private readonly port: number,
    readonly urls: Opened['urls'],
  ) {}

  static async open(settings: Record<string, unknown>): Promise<HealthTestServer> {
    const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
    const program = startProgram('health-app', [JSON.stringify(env)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const silent = once(program, 'exit').then(() =>
      Promise.reject(new Error('the server ended without a message')),
    );
    const [{ port, urls }] = (await Promise.race([once(program, 'message'), silent])) as [Opened];
    return new HealthTestServer(program, port, urls);
  }

  async get(path: string): Promise<Answer> {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`);
    const text = await response.text();
    return {
      status: response.status,
      cacheControl: response.headers.get('cache-control'),
      text,
      body: text.startsWith('{') ? JSON.parse(text) : { details: {}, error: {} },
      milliseconds: performance.now() - began,
    };
  }

  async end(): Promise<void> {
    const gone = once(this.program, 'exit');
    this.program.kill('SIGTERM');
    await gone;
  }
}
