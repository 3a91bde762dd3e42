import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, ReplyError } from 'ioredis';
import { retry } from '../async/retry.js';
import { ServiceUrls } from '../config/service-urls.js';
import { RedisTroubles } from './redis-troubles.js';
import { FAIL_FAST, leavesRefusingNode } from './redis-connection.js';
import { refusalOf, RedisRefusedError } from './redis-refusal.js';
import { RedisServerFacts } from './redis-server-facts.js';

/**
 * Written to check that Redis accepts writes. One command sets two keys that a Redis Cluster keeps in different slots,
 * under the prefixes of the queue and the cache, so that the same access rules apply. The keys never expire and their
 * values never change.
 */
const PROBE = { 'bull:probe': '1', 'cache:probe': '1' };
/**
 * An accepted write is valid for this many times the maximum age of a reply: about two idle polls, to save commands.
 */
const WRITE_WORTH = 4 / 3;
/** Attempts to write while Redis fails. The failure that leads to them comes before the first one. */
const RETRIES = { firstPauseMs: 1_000, longestPauseMs: 5_000, hasFailed: true, isBackground: true };

/**
 * The one connection for commands. A command rejects at once while Redis is away and within a second while it is
 * frozen; the connection repairs itself.
 */
@Injectable()
export class RedisClient extends Redis implements OnApplicationShutdown {
  /** Failures of all Redis connections of this process; each connection reports to it. */
  readonly troubles = new RedisTroubles((refusal) => this.inTrouble(refusal));
  private readonly facts = new RedisServerFacts(new Logger('Redis'));
  private broken?: Error;
  private answeredAt = 0;
  private writtenAt = 0;
  private doubted = false;
  private retrying = false;
  private readonly closing = new AbortController();

  constructor(urls: ServiceUrls) {
    super(urls.redisUrl, {
      ...FAIL_FAST,
      commandTimeout: 1_000,
      socketTimeout: 5_000,
      reconnectOnError: leavesRefusingNode(),
    });
    // Without a listener an outage would end the process.
    this.on('error', (error: Error) => {
      this.broken = error;
      this.troubles.failed(error);
    });
    this.on('ready', () => void this.examine());
  }

  /** Every reply counts as a sign of life, so no extra command is needed while there is traffic. */
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const sent = super.sendCommand(command, stream);
    command.promise.then(
      () => this.markAlive(),
      (error: unknown) => this.unheard(error),
    );
    return sent;
  }

  /** Redis answered this process, here or on another connection. */
  markAlive(): void {
    this.answeredAt = Date.now();
  }

  /** Redis failed to answer this process: the next `assertAlive` sends a command whatever the age of the last reply. */
  markSuspect(): void {
    this.doubted = true;
  }

  /**
   * Resolves when Redis has answered within the last `withinMs` and accepted a write not long before, or accepts one
   * now. Rejects otherwise; with RedisRefusedError when Redis gave a reason.
   */
  async assertAlive(withinMs: number): Promise<void> {
    if (this.status !== 'ready') throw await this.whyNotReady();
    const refusal = this.facts.refusal ?? this.troubles.refusal;
    if (refusal) throw refusal;
    const now = Date.now();
    if (this.doubted || now - this.answeredAt > withinMs || now - this.writtenAt > WRITE_WORTH * withinMs)
      await this.write();
  }

  onApplicationShutdown(): void {
    this.closing.abort();
    this.disconnect();
  }

  /** A server that is loading its data accepts the connection but no commands, and ioredis waits without an error. */
  private async whyNotReady(): Promise<Error> {
    const known = refusalOf(this.broken) ?? new Error('not connected');
    if (this.status !== 'connect') return known;
    const info = await this.info('persistence').catch(() => '');
    return /^loading:1/m.test(info) ? new RedisRefusedError('LOADING', 'loading:1') : known;
  }

  private async write(): Promise<void> {
    try {
      await this.mset(PROBE);
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
    this.writtenAt = Date.now();
    this.doubted = false;
    this.troubles.written();
  }

  /** A new connection may have led to another server. */
  private async examine(): Promise<void> {
    this.broken = undefined;
    const refusal = await this.info().then(
      (info) => this.facts.learn(info),
      () => undefined, // a Redis user without permission for INFO loses only the warnings
    );
    if (refusal) this.troubles.failed(refusal);
    await this.write().catch(() => undefined);
  }

  private unheard(error: unknown): void {
    if (error instanceof ReplyError) this.markAlive();
    const refusal = refusalOf(error);
    if (refusal || !(error instanceof ReplyError)) this.markSuspect();
    // While there is no connection, the connection itself has reported the failure already.
    if (refusal || this.status === 'ready') this.troubles.failed(error);
  }

  private inTrouble(refusal: RedisRefusedError | undefined): void {
    if (refusal) this.markSuspect();
    if (!this.retrying) void this.untilRecovered();
  }

  /** Runs until Redis accepts writes and no connection is refused any more, or until the end of the process. */
  private async untilRecovered(): Promise<void> {
    this.retrying = true;
    const { signal } = this.closing;
    await retry(() => this.assertRecovered(), { ...RETRIES, signal }).then(
      () => this.troubles.recovered(),
      () => undefined,
    );
    this.retrying = false;
  }

  private async assertRecovered(): Promise<void> {
    if (this.status !== 'ready' || this.facts.refusal) throw new Error('not ready');
    await this.write();
    if (!this.troubles.quiet) throw new Error('another connection is refused');
  }
}
