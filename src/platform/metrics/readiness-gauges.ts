import type { StatsFs } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';

/** The source of the health gauges, called at every scrape. */
export interface ReadinessObserver {
  /** The last result of each check, without waiting. */
  parts(): ReadonlyMap<string, boolean>;
  /** The disk of DATA_DIR. If this rejects or is slow, the scrape leaves it out. */
  disk(): Promise<StatsFs>;
}

/** Time-out for the disk, because a disconnected network file system never answers, milliseconds. */
const DISK_TIMEOUT_MS = 500;

/** The results of /health as metrics. A scrape waits for no backing service. */
export class ReadinessGauges {
  private observer?: ReadinessObserver;

  constructor(registry: Registry) {
    const parts = () => this.observer?.parts() ?? new Map<string, boolean>();
    new Gauge({
      name: 'health_up',
      help: 'Whether a part of /health was well (1) when last looked at, at most a minute and a scrape ago.',
      labelNames: ['part'],
      registers: [registry],
      collect() {
        for (const [part, well] of parts()) this.set({ part }, well ? 1 : 0);
      },
    });
    this.registerDisk(registry);
  }

  observe(observer: ReadinessObserver): void {
    this.observer = observer;
  }

  private registerDisk(registry: Registry): void {
    const ask = () =>
      Promise.race([this.observer?.disk(), sleep(DISK_TIMEOUT_MS, undefined, { ref: false })]).catch(
        () => undefined,
      );
    const gauge = (name: string, help: string, bytes: (disk: StatsFs) => number) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          const disk = await ask();
          if (disk) this.set(bytes(disk));
          else this.remove();
        },
      });
    gauge(
      'data_disk_free_bytes',
      'Free space on the disk of DATA_DIR; absent while it does not answer.',
      ({ bavail, bsize }) => bavail * bsize,
    );
    gauge(
      'data_disk_size_bytes',
      'Size of the disk of DATA_DIR; absent while it does not answer.',
      ({ blocks, bsize }) => blocks * bsize,
    );
  }
}
