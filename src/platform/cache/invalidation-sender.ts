import { PeriodicTask } from '../scheduling/periodic-task.js';
import type { InvalidationChannel } from './invalidation-channel.js';
import type { RedisResults } from './redis-results.js';
import { UnconfirmedInvalidations, type Invalidations } from './unconfirmed-invalidations.js';

/** How often invalidations that did not arrive are sent again, milliseconds. */
const REPEAT_MS = 500;

/** Sends invalidations to Redis and to the other processes, and repeats those that did not arrive until they do. */
export class InvalidationSender {
  private readonly unconfirmed = new UnconfirmedInvalidations();
  private readonly repetition = new PeriodicTask({
    work: () => this.sendAgain(this.unconfirmed.overdue()),
    pauseMs: REPEAT_MS,
    onFailure: () => undefined, // Redis is still away, as its connections report
  });

  constructor(
    private readonly redis: RedisResults,
    private readonly channel: InvalidationChannel,
  ) {
    this.repetition.start();
  }

  /** Whether Redis may hold a result of the key that looks valid and is not. */
  isUnconfirmed(key: string): boolean {
    return this.unconfirmed.has(key);
  }

  /** Resolves when Redis has no valid result for the keys and the other processes have been notified. */
  async send(keys: string[]): Promise<void> {
    await this.sendFirst(keys, () => this.channel.announce(keys));
  }

  /** Resolves when Redis has no valid result for the keys and every process has confirmed that it dropped them. */
  async sendToAll(keys: string[]): Promise<void> {
    await this.sendFirst(keys, () => this.channel.announceToAll(keys));
  }

  /** Sends what is unconfirmed a last time. */
  async close(): Promise<void> {
    await this.repetition.stop();
    await this.sendAgain(this.unconfirmed.all()).catch(() => undefined);
  }

  /** Rejects when it did not arrive; then it is repeated. */
  private async sendFirst(keys: string[], announce: () => Promise<void>): Promise<void> {
    const invalidations = this.unconfirmed.add(keys);
    try {
      await this.propagate(invalidations, announce);
    } catch (error) {
      this.unconfirmed.fail(invalidations);
      this.channel.suspect();
      throw error;
    }
  }

  private async sendAgain(invalidations: Invalidations): Promise<void> {
    const keys = Array.from(invalidations.keys());
    if (keys.length > 0) await this.propagate(invalidations, () => this.channel.announce(keys));
  }

  /** Renews the fences first: a process that receives the message must not find the old result valid in Redis. */
  private async propagate(invalidations: Invalidations, announce: () => Promise<void>): Promise<void> {
    await this.redis.invalidate(Array.from(invalidations.keys()));
    await announce();
    this.unconfirmed.confirm(invalidations);
  }
}
