import { Logger } from '@nestjs/common';
import { isServerWide, refusalOf, type RedisRefusedError } from './redis-refusal.js';

const REMIND_MS = 60_000;
/**
 * One outage is noticed by many connections in different words; the most telling of those said meanwhile is logged. A
 * connection that was lost has by then been made again, and met the refusal that was the reason.
 */
const GATHER_MS = 2_000;
/** Longer than any of our connections waits before it tries again, so that one that is still refused has said so. */
const QUIET_MS = 6_000;

/**
 * What this process knows of Redis from all its connections. It logs one line when Redis begins to fail, one a minute
 * while it lasts, one for each further reason, and one when it is over.
 */
export class RedisTroubles {
  private readonly logger = new Logger('Redis');
  private readonly told = new Map<string, number>();
  private gathering?: NodeJS.Timeout;
  private failure?: { error: unknown; refusal: RedisRefusedError | undefined };
  private failedAt = 0;
  private refused?: { error: RedisRefusedError; at: number };

  /** `onTrouble` is called with every failure; it should find out when Redis works again. */
  constructor(private readonly onTrouble: (refusal: RedisRefusedError | undefined) => void) {}

  /** A connection of this process was refused, lost, or got no answer. */
  failed(error: unknown): void {
    const refusal = refusalOf(error);
    this.failedAt = Date.now();
    if (refusal) this.refused = { error: refusal, at: this.failedAt };
    if (!this.failure || refusal || !this.failure.refusal) this.failure = { error, refusal };
    this.gathering ??= setTimeout(() => this.tell(), GATHER_MS).unref();
    this.onTrouble(refusal);
  }

  /** Redis has accepted a write. */
  written(): void {
    if (this.refused && isServerWide(this.refused.error)) this.refused = undefined;
  }

  /** Whether no connection has failed for so long that none of them is waiting for its next try. */
  get quiet(): boolean {
    return Date.now() - this.failedAt > QUIET_MS;
  }

  recovered(): void {
    clearTimeout(this.gathering);
    this.gathering = this.failure = this.refused = undefined;
    if (this.told.size === 0) return;
    this.told.clear();
    this.logger.log('working again');
  }

  /** The refusal some connection met and, as far as we know, would meet again now. */
  get refusal(): RedisRefusedError | undefined {
    return this.refused && Date.now() - this.refused.at <= QUIET_MS ? this.refused.error : undefined;
  }

  private tell(): void {
    this.gathering = undefined;
    const { error, refusal } = this.failure ?? {};
    this.failure = undefined;
    const what = refusal?.refusal ?? 'AWAY';
    const at = this.told.get(what);
    if (at !== undefined && Date.now() - at < REMIND_MS) return;
    this.told.set(what, Date.now());
    const reason = error instanceof Error ? error.message || error.name : String(error);
    this.logger.warn(refusal ? `failing: ${refusal.message} (${refusal.reply})` : `failing: ${reason}`);
  }
}
