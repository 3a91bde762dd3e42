import { createHash } from 'node:crypto';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { Lease } from '../../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { Config } from '../../platform/config/config.js';
import { CdnPurgeQueue } from '../../songs/media/cdn-purge-queue.service.js';
import { CloudflareApi, CloudflareError, CLOUDFLARE_TIMEOUT_MS } from '../rules/cloudflare-api.js';
import { adviceFor } from '../rules/cloudflare-apply.js';
import { afterFailure, PREFIXES_PER_REQUEST, purgePrefix } from './cdn-purge-plan.js';
import type { PurgeState } from '../check/cdn-state-record.schema.js';
import { CdnStates } from '../check/cdn-states.service.js';
import { CdnMetrics } from '../check/cdn-metrics.js';

const LEASE = 'edge purge';

/**
 * Works on the purge queue (songs/media/cdn-purge-queue.service.ts): one request per round, in one process at a time. The lease
 * is never released but expires, so that requests keep their distance even when another process takes over.
 */
@Injectable()
export class CdnPurgeWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('CdnPurgeWorker');
  private readonly credentials: string;
  private readonly task: PeriodicTask;

  constructor(
    private readonly queue: CdnPurgeQueue,
    private readonly states: CdnStates,
    private readonly lease: Lease,
    private readonly clock: DatabaseClock,
    private readonly metrics: CdnMetrics,
    private readonly api: CloudflareApi,
    private readonly config: Config,
  ) {
    const { CLOUDFLARE_API_TOKEN, CLOUDFLARE_ZONE_ID, CLOUDFLARE_PURGE_SECONDS } = config;
    this.credentials = createHash('sha256')
      .update(`${CLOUDFLARE_ZONE_ID} ${CLOUDFLARE_API_TOKEN}`)
      .digest('hex')
      .slice(0, 16);
    this.task = new PeriodicTask({
      work: () => this.round(),
      pauseMs: CLOUDFLARE_PURGE_SECONDS * 1000,
      onFailure: (e) => this.logger.warn(`purge postponed: ${e.message}`),
    });
  }

  onApplicationBootstrap(): void {
    if (this.queue.enabled) this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async round(): Promise<void> {
    // The queue is usually empty: this costs one read and no lease.
    if ((await this.queue.nextBatch(1)).length === 0) return;
    const { CLOUDFLARE_PURGE_SECONDS } = this.config;
    const heldSeconds = CLOUDFLARE_PURGE_SECONDS + CLOUDFLARE_TIMEOUT_MS / 1000;
    if (!(await this.lease.take(LEASE, heldSeconds))) return;
    const before = await this.states.purge();
    const known = before?.credentials === this.credentials ? before : null;
    if (known && known.notBefore > (await this.clock.now())) return;
    const keys = await this.queue.nextBatch(PREFIXES_PER_REQUEST);
    if (keys.length > 0) await this.purge(keys, known);
  }

  private async purge(keys: string[], before: PurgeState | null): Promise<void> {
    const { CDN_BASE_URL, CLOUDFLARE_ZONE_ID } = this.config;
    const prefixes = keys.map((key) => purgePrefix(CDN_BASE_URL!, key));
    try {
      await this.api.call('POST', `/zones/${CLOUDFLARE_ZONE_ID}/purge_cache`, { prefixes });
    } catch (error) {
      if (!(error instanceof CloudflareError)) throw error;
      return this.postpone(error, keys.length, before);
    }
    // If the process dies before this line, the same prefixes are purged again, which is harmless.
    await this.queue.complete(keys);
    await this.states.keepPurge(null);
    this.metrics.purged('purged', keys.length);
    this.logger.log(`${keys.length} deletions are purged from the edge`);
  }

  private async postpone(error: CloudflareError, count: number, before: PurgeState | null): Promise<void> {
    const failures = (before?.failures ?? 0) + 1;
    const { outcome, pauseSeconds } = afterFailure(error, failures, this.config.CLOUDFLARE_PURGE_SECONDS);
    const refused = outcome === 'refused';
    await this.states.keepPurge({
      failures,
      notBefore: await this.clock.in(pauseSeconds * 1000),
      trouble: refused ? `Deleted songs are not purged from the edge. ${adviceFor(error)}` : null,
      credentials: this.credentials,
    });
    this.metrics.purged(outcome, count);
    // Logged once, not with every retry.
    if (refused && !before?.trouble)
      this.logger.error(`purge refused, its prefixes stay queued: ${error.message}`);
    if (!refused)
      this.logger.warn(
        `purge of ${count} prefixes postponed for ${Math.round(pauseSeconds)} s: ${error.message}`,
      );
  }
}
