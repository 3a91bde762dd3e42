import type { Registry } from 'prom-client';
import { registerSampledGauge, samplesBy } from '../platform/metrics/sampled-gauge.js';

/** How much space the library takes, as far as it has been measured. */
export interface CapacityFigures {
  /** By store, then kind (original, generation, cover), bytes. */
  bytes: Record<string, Record<string, number>>;
  /** Used share by limit (media, database, redis), 1 is all of it. Limits that were not measured are absent. */
  used: Record<string, number>;
}

/** What the library takes of the limits; a scrape never reads the library. */
export class CapacityMetrics {
  private figures?: () => CapacityFigures | undefined;

  constructor(registry: Registry) {
    registerSampledGauge(registry, {
      name: 'library_bytes',
      help: 'Media of songs, by the store that holds it and kind; absent until it was counted.',
      labelNames: ['store', 'kind'],
      read: () =>
        Object.entries(this.figures?.()?.bytes ?? {}).flatMap(([store, kinds]) =>
          Object.entries(kinds).map(([kind, value]) => ({ labels: { store, kind }, value })),
        ),
    });
    registerSampledGauge(registry, {
      name: 'capacity_used_ratio',
      help: 'Share of a configured limit (CAPACITY_...) that is used, 1 is all; absent until it was measured.',
      labelNames: ['limit'],
      read: () => samplesBy('limit', Object.entries(this.figures?.()?.used ?? {})),
    });
  }

  /** `figures` is called at every scrape and answers from memory. */
  observe(figures: () => CapacityFigures | undefined): void {
    this.figures = figures;
  }
}
