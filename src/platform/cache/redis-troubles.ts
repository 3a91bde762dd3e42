import { Logger } from '@nestjs/common';
import { isServerWide, refusalOf, type RedisRefusedError } from './redis-refusal.js';

const REMIND_MS = 60_000;
/**
 * Many connections report one outage with different errors; the most specific error of this time is logged. A lost
 * connection has been made again by then and has met the refusal that was the reason.
 */
const GATHER_MS = 2_000;
/** Longer than any connection waits before it reconnects, so that one that is still refused has reported it by then. */
const QUIET_MS = 6_000;

/**
 * Collects the failures of all Redis connections of this process. Logs one line when Redis becomes unavailable, one a
 * minute while that lasts, one for each further reason, and one when Redis is available again.
 */
export class RedisTroubles {
  private readonly logger = new Logger('Redis');
  private readonly loggedAt = new Map<string, number>();
  private gathering?: NodeJS.Timeout;
  private failure?: { error: unknown; refusal: RedisRefusedError | undefined };
  private failedAt = 0;
  private refused?: { error: RedisRefusedError; at: number };

  /**
   * `onTrouble` is called with every failure; it should find out when Redis is available again and call `recovered`.
   */
  constructor(private readonly onTrouble: (refusal: RedisRefusedError | undefined) => void) {}

  /** A connection of this process was refused or lost, or got no reply. */
  failed(error: unknown): void {
    const refusal = refusalOf(error);
    this.failedAt = Date.now();
    if (refusal) this.refused = { error: refusal, at: this.failedAt };
    if (!this.failure || refusal || !this.failure.refusal) this.failure = { error, refusal };
    this.gathering ??= setTimeout(() => this.log(), GATHER_MS).unref();
    this.onTrouble(refusal);
  }

  /** Redis has accepted a write. */
  written(): void {
    if (this.refused && isServerWide(this.refused.error)) this.refused = undefined;
  }

  /** Whether the last failure is so long ago that every connection must have retried since. */
  get quiet(): boolean {
    return Date.now() - this.failedAt > QUIET_MS;
  }

  recovered(): void {
    clearTimeout(this.gathering);
    this.gathering = this.failure = this.refused = undefined;
    if (this.loggedAt.size === 0) return;
    this.loggedAt.clear();
    this.logger.log('available again');
  }

  /** The refusal that a connection has met recently; undefined when there was none or it is known to be over. */
  get refusal(): RedisRefusedError | undefined {
    return this.refused && Date.now() - this.refused.at <= QUIET_MS ? this.refused.error : undefined;
  }

  private log(): void {
    this.gathering = undefined;
    const { error, refusal } = this.failure ?? {};
    this.failure = undefined;
    const what = refusal?.refusal ?? 'AWAY';
    const at = this.loggedAt.get(what);
    if (at !== undefined && Date.now() - at < REMIND_MS) return;
    this.loggedAt.set(what, Date.now());
    const reason = error instanceof Error ? error.message || error.name : String(error);
    this.logger.warn(`unavailable: ${refusal ? `${refusal.message} (${refusal.reply})` : reason}`);
  }
}
