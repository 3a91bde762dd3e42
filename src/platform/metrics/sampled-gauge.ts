import { Gauge, type Registry } from 'prom-client';
import { withTimeout } from '../async/with-timeout.js';

/** A scrape waits at most this long for a value, milliseconds. */
const SAMPLE_TIMEOUT_MS = 500;

/** One series of a gauge that has labels. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** A number for a gauge without labels, samples for one with labels; null or undefined: not known now. */
type Reading = number | readonly Sample[] | null | undefined;

export interface SampledGauge {
  name: string;
  help: string;
  labelNames?: readonly string[];
  /** Called at every scrape. */
  read(): Reading | Promise<Reading>;
}

/**
 * Registers a gauge that is read at every scrape. While its value is unknown, or `read` fails or is slow, its series are
 * absent: a scrape waits for no backing service.
 */
export function registerSampledGauge(
  registry: Registry,
  { name, help, labelNames = [], read }: SampledGauge,
) {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const reading = await withTimeout(SAMPLE_TIMEOUT_MS, Promise.resolve().then(read)).catch(() => null);
      if (typeof reading === 'number') return this.set(reading);
      // `reset` would set a gauge without labels to 0.
      if (labelNames.length === 0) return this.remove();
      this.reset();
      for (const { labels, value } of reading ?? []) this.set(labels, value);
    },
  });
}

/** The samples of a gauge with one label, from its values by that label. */
export function samplesBy(label: string, values: Iterable<readonly [string, number]>): Sample[] {
  return Array.from(values, ([of, value]) => ({ labels: { [label]: of }, value }));
}
