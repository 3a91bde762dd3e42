import { Counter, type Registry } from 'prom-client';
import { registerSampledGauge } from '../../platform/metrics/sampled-gauge.js';

/** How a purge request ended; `refused` purges stay queued until the operator corrects the token. */
export type PurgeOutcome = 'purged' | 'retried' | 'refused';

/** The result of the latest check for one kind of object. */
export interface CheckedKind {
  kind: string;
  up: boolean;
  cacheable: boolean;
}

export interface LatestCheck {
  at: Date;
  kinds: CheckedKind[];
}

/** Metrics of the CDN in front of this installation. The gauges have the same values on every process. */
export class CdnMetrics {
  private readonly purges: Counter;
  private pending?: () => Promise<number>;
  private latest?: () => Promise<LatestCheck | null>;

  constructor(registry: Registry) {
    this.purges = new Counter({
      name: 'edge_purges_total',
      help: 'Purges that were sent to the CDN, by outcome of the request.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    registerSampledGauge(registry, {
      name: 'edge_pending_purges',
      help: 'Deleted objects that have not been purged from the CDN yet.',
      read: () => this.pending?.(),
    });
    this.registerCheck(registry);
  }

  /** A request with `purges` purges has ended. */
  purged(outcome: PurgeOutcome, purges: number): void {
    this.purges.inc({ outcome }, purges);
  }

  /** Both are called at every scrape; the series are absent while they do not answer. */
  observe(pending: () => Promise<number>, latest: () => Promise<LatestCheck | null>): void {
    this.pending = pending;
    this.latest = latest;
  }

  private registerCheck(registry: Registry): void {
    const perKind = (name: string, help: string, of: (kind: CheckedKind) => boolean) =>
      registerSampledGauge(registry, {
        name,
        help,
        labelNames: ['kind'],
        read: async () =>
          (await this.latest?.())?.kinds.map((kind) => ({
            labels: { kind: kind.kind },
            value: of(kind) ? 1 : 0,
          })),
      });
    perKind(
      'edge_check_up',
      'Whether the public URL gives objects of this kind as it should.',
      ({ up }) => up,
    );
    perKind(
      'edge_check_cacheable',
      'Whether a second read of this kind comes from the cache.',
      ({ cacheable }) => cacheable,
    );
    registerSampledGauge(registry, {
      name: 'edge_check_timestamp_seconds',
      help: 'When a song was last read through the public URL, Unix time.',
      read: async () => {
        const latest = await this.latest?.();
        return latest && latest.at.getTime() / 1000;
      },
    });
  }
}
