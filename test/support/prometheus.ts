import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { PROMETHEUS, PROMTOOL } from './programs.js';
import { tempDir } from './temp-dir.js';

export const RULES = 'deploy/prometheus/alerts.yml';

export interface EvaluatedRule {
  name: string;
  state: string;
  health: string;
  lastError?: string;
}

interface Answer<T> {
  status: string;
  error?: string;
  data: T;
}

/** Runs the real promtool. */
export function promtool(...args: string[]): { accepted: boolean; said: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { encoding: 'utf8' });
  return { accepted: status === 0, said: stdout + stderr };
}

/** A real Prometheus with our rules that scrapes one process. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  /** @param target host:port of a process with /metrics */
  static async open(target: string): Promise<Prometheus> {
    const folder = tempDir('prometheus');
    await cp(RULES, join(folder, 'alerts.yml'));
    await writeFile(join(folder, 'prometheus.yml'), await configFor(target));
    const port = await freePort();
    const child = spawn(
      PROMETHEUS,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`);
    await eventually(async () => (await fetch(`${prometheus.url}/-/ready`)).ok, { seconds: 60 });
    return prometheus;
  }

  async rules(): Promise<EvaluatedRule[]> {
    const { groups } = await this.ask<{ groups: { rules: EvaluatedRule[] }[] }>('/api/v1/rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** The number of series that an expression has now. Rejects with Prometheus' own error. */
  async series(expression: string): Promise<number> {
    const { result } = await this.ask<{ result: unknown[] }>(
      `/api/v1/query?query=${encodeURIComponent(expression)}`,
    );
    return result.length;
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(this.url + path)).json()) as Answer<T>;
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  }
}

/** The deployed configuration with short intervals, and with an address instead of a Docker host name. */
async function configFor(target: string): Promise<string> {
  const deployed = await readFile('deploy/prometheus/prometheus.yml', 'utf8');
  const found = /dns_sd_configs:\n( +- names: \['api'\]\n(?: {8}.*\n)+)/.exec(deployed)?.[0];
  if (!found) throw new Error('prometheus.yml does not look up the API any more');
  return deployed
    .replace(found, () => `static_configs:\n      - targets: ['${target}']\n`)
    .replaceAll('_interval: 15s', '_interval: 1s');
}
