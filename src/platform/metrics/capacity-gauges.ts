import { Gauge, type Registry } from 'prom-client';

/** What the library takes up, as far as it has been counted. */
export interface CapacityFigures {
  /** By store, then kind (original, generation, cover), bytes. */
  bytes: Record<string, Record<string, number>>;
  /** By limit (media, database, redis): the share that is used, 1 is all of it. Unmeasured ones are absent. */
  used: Record<string, number>;
}

/** `figures` is asked at every scrape and answers from memory: a scrape never reads the library. */
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
