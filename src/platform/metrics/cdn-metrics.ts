import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';

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

/** A scrape waits at most this long for a value, milliseconds. */
const ASK_TIMEOUT_MS = 500;

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
    this.registerPending(registry);
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

  private registerPending(registry: Registry): void {
    const ask = () => atOnce(this.pending);
    new Gauge({
      name: 'edge_pending_purges',
      help: 'Deleted objects that have not been purged from the CDN yet.',
      registers: [registry],
      async collect() {
        const pending = await ask();
        if (pending === undefined) this.remove();
        else this.set(pending);
      },
    });
  }

  private registerCheck(registry: Registry): void {
    const ask = async () => (await atOnce(this.latest)) ?? null;
    const perKind = (name: string, help: string, of: (kind: CheckedKind) => boolean) =>
      new Gauge({
        name,
        help,
        labelNames: ['kind'],
        registers: [registry],
        async collect() {
          const latest = await ask();
          this.reset();
          for (const kind of latest?.kinds ?? []) this.set({ kind: kind.kind }, of(kind) ? 1 : 0);
        },
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
    new Gauge({
      name: 'edge_check_timestamp_seconds',
      help: 'When a song was last read through the public URL, Unix time.',
      registers: [registry],
      async collect() {
        const latest = await ask();
        if (latest) this.set(latest.at.getTime() / 1000);
        else this.remove();
      },
    });
  }
}

async function atOnce<T>(ask?: () => Promise<T>): Promise<T | undefined> {
  const late = sleep(ASK_TIMEOUT_MS, undefined, { ref: false });
  return Promise.race([ask?.().catch(() => undefined), late]);
}
