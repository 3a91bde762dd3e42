import type { StatsFs } from 'node:fs';
import type { Registry } from 'prom-client';
import { registerSampledGauge, samplesBy } from '../metrics/sampled-gauge.js';

/** The source of the health gauges, called at every scrape. */
export interface ReadinessObserver {
  /** The last result of each check, without waiting. */
  parts(): ReadonlyMap<string, boolean>;
  /** The disk of DATA_DIR. A disconnected network file system never answers. */
  disk(): Promise<StatsFs>;
}

/** The results of /health as metrics. A scrape waits for no backing service. */
export class HealthMetrics {
  private observer?: ReadinessObserver;

  constructor(registry: Registry) {
    registerSampledGauge(registry, {
      name: 'health_up',
      help: 'Whether a part of /health was well (1) when last looked at, at most a minute and a scrape ago.',
      labelNames: ['part'],
      read: () =>
        samplesBy(
          'part',
          Array.from(this.observer?.parts() ?? [], ([part, well]) => [part, well ? 1 : 0] as const),
        ),
    });
    this.registerDisk(registry);
  }

  observe(observer: ReadinessObserver): void {
    this.observer = observer;
  }

  private registerDisk(registry: Registry): void {
    const gauge = (name: string, help: string, bytes: (disk: StatsFs) => number) =>
      registerSampledGauge(registry, {
        name,
        help,
        read: async () => {
          const disk = await this.observer?.disk();
          return disk && bytes(disk);
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
