import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';

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

/** A scrape waits at most this long for a value, milliseconds. */
const ASK_TIMEOUT_MS = 500;

/** What the self-check has found, the same on every process; absent while the database does not answer. */
export class IntegrityGauges {
  private figures?: () => Promise<IntegrityFigures | null>;

  constructor(registry: Registry) {
    const ask = async () => {
      const late = sleep(ASK_TIMEOUT_MS, null, { ref: false });
      return Promise.race([this.figures?.().catch(() => null) ?? null, late]);
    };
    const registers = [registry];
    new Gauge({
      name: 'media_missing',
      help: 'Media that songs and albums refer to and the stores do not have as it was stored, by what it is.',
      labelNames: ['part'],
      registers,
      async collect() {
        const figures = await ask();
        this.reset();
        for (const [part, missing] of Object.entries(figures?.missing ?? {})) this.set({ part }, missing);
      },
    });
    const single = (name: string, help: string, of: (figures: IntegrityFigures) => number | null) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const figures = await ask();
          const value = figures && of(figures);
          if (value === null) this.remove();
          else this.set(value);
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
