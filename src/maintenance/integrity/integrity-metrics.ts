import type { Registry } from 'prom-client';
import { registerSampledGauge, samplesBy } from '../../platform/metrics/sampled-gauge.js';

/** What the self-check of stored media has found. */
export interface IntegrityFigures {
  /** Media that songs and albums refer to and the stores do not have, by kind. */
  missing: Readonly<Record<string, number>>;
  /** Whether so much is missing that the self-check repairs nothing. */
  halted: boolean;
  /** null: never. */
  lookedAt: Date | null;
  /** Songs requeued in the current round. */
  remade: number;
}

/** What the self-check has found, the same on every process; absent while the database does not answer. */
export class IntegrityMetrics {
  private figures?: () => Promise<IntegrityFigures | null>;

  constructor(registry: Registry) {
    registerSampledGauge(registry, {
      name: 'media_missing',
      help: 'Media that songs and albums refer to and the stores do not have as it was stored, by what it is.',
      labelNames: ['part'],
      read: async () => samplesBy('part', Object.entries((await this.figures?.())?.missing ?? {})),
    });
    const single = (name: string, help: string, of: (figures: IntegrityFigures) => number | null) =>
      registerSampledGauge(registry, {
        name,
        help,
        read: async () => {
          const figures = await this.figures?.();
          return figures && of(figures);
        },
      });
    single(
      'media_check_halted',
      'Whether so much media is missing that none is made again until a person has looked.',
      ({ halted }) => (halted ? 1 : 0),
    );
    single(
      'media_check_timestamp_seconds',
      'When the self-check last looked at anything, Unix time by the database’s clock.',
      ({ lookedAt }) => lookedAt && lookedAt.getTime() / 1000,
    );
    single(
      'media_check_remade_songs',
      'Songs whose files were missing and that were ordered again, in the present round of the self-check.',
      ({ remade }) => remade,
    );
  }

  /** `figures` is called at every scrape; null: the self-check has not run yet. */
  observe(figures: () => Promise<IntegrityFigures | null>): void {
    this.figures = figures;
  }
}
