import type { Logger } from '@nestjs/common';
import { RedisRefusedError } from './redis-refusal.js';

/** Facts from `INFO` that make a Redis server unusable or unsafe for the queue. */
export class RedisServerFacts {
  private warnedOf?: string;
  private known?: RedisRefusedError;

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** Set while the server cannot be used although it answers (a Redis Cluster). */
  get refusal(): RedisRefusedError | undefined {
    return this.known;
  }

  /** Reads a reply to `INFO`; warns once about each eviction policy that can lose jobs. */
  learn(info: string): RedisRefusedError | undefined {
    this.known =
      fact(info, 'redis_mode') === 'cluster'
        ? new RedisRefusedError('CLUSTER', 'redis_mode:cluster')
        : undefined;
    this.warnOf(fact(info, 'maxmemory_policy'));
    return this.known;
  }

  private warnOf(policy: string | undefined): void {
    // Undefined where the provider hides it.
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
