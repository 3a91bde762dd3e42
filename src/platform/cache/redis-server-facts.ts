import type { Logger } from '@nestjs/common';
import { RedisRefusedError } from './redis-refusal.js';

/** What a Redis server says of itself (`INFO`) that we must not overlook. */
export class RedisServerFacts {
  private warnedOf?: string;
  private known?: RedisRefusedError;

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** Set while the server cannot serve us whatever it answers. */
  get refusal(): RedisRefusedError | undefined {
    return this.known;
  }

  /** Reads an answer to `INFO`; warns once of every eviction policy that loses jobs. */
  learn(info: string): RedisRefusedError | undefined {
    this.known =
      fact(info, 'redis_mode') === 'cluster'
        ? new RedisRefusedError('CLUSTER', 'redis_mode:cluster')
        : undefined;
    this.warnOf(fact(info, 'maxmemory_policy'));
    return this.known;
  }

  private warnOf(policy: string | undefined): void {
    // Absent where the provider hides it.
    if (policy === undefined || policy === 'noeviction' || policy === this.warnedOf) return;
    this.warnedOf = policy;
    this.logger.warn(
      `maxmemory-policy is ${policy}: when Redis is full it may throw queued jobs away, and songs wait until the sweep ` +
        'queues them again; set it to noeviction.',
    );
  }
}

function fact(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
}
