import { Gauge, type Registry } from 'prom-client';

/** How much space the library takes, as far as it has been measured. */
export interface CapacityFigures {
  /** By store, then kind (original, generation, cover), bytes. */
  bytes: Record<string, Record<string, number>>;
  /** Used share by limit (media, database, redis), 1 is all of it. Limits that were not measured are absent. */
  used: Record<string, number>;
}

/** `figures` is called at every scrape and answers from memory: a scrape never reads the library. */
export function registerCapacityGauges(registry: Registry, figures: () => CapacityFigures | undefined): void {
  new Gauge({
    name: 'library_bytes',
    help: 'Media of songs, by the store that holds it and kind; absent until it was counted.',
    labelNames: ['store', 'kind'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [store, kinds] of Object.entries(figures()?.bytes ?? {}))
        for (const [kind, bytes] of Object.entries(kinds)) this.set({ store, kind }, bytes);
    },
  });
  new Gauge({
    name: 'capacity_used_ratio',
    help: 'Share of a configured limit (CAPACITY_...) that is used, 1 is all; absent until it was measured.',
    labelNames: ['limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [limit, ratio] of Object.entries(figures()?.used ?? {})) this.set({ limit }, ratio);
    },
  });
}
