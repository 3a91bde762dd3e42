import { Redis } from 'ioredis';

/** Calls by command, as a bill would list them; calls from inside a script count too. */
export type Calls = Record<string, number>;

/** Reads a Redis server's `INFO commandstats`; the commands of reading itself are not counted. */
export class RedisMeter {
  private readonly client: Redis;
  private last: Calls = {};

  private constructor(url: string) {
    this.client = new Redis(url);
  }

  static async on(url: string): Promise<RedisMeter> {
    const meter = new RedisMeter(url);
    await meter.since();
    return meter;
  }

  /** Calls since the last reading. */
  async since(): Promise<Calls> {
    const now = parse(await this.client.info('commandstats'));
    const calls: Calls = {};
    for (const [name, count] of Object.entries(now)) {
      const more =
        count - (this.last[name] ?? 0) - (name === 'info' && this.last[name] !== undefined ? 1 : 0);
      if (more > 0) calls[name] = more;
    }
    // Redis counts the INFO in progress only after it has answered.
    this.last = now;
    return calls;
  }

  close(): void {
    this.client.disconnect();
  }
}

export const total = (calls: Calls): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

function parse(stats: string): Calls {
  return Object.fromEntries(
    [...stats.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)].map(([, name, count]) => [name!, Number(count)]),
  );
}
