import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { HealthCheckAttempt, HealthIndicatorService } from '@nestjs/terminus';
import { oneMoreTurn } from '../async/with-timeout.js';
import { watchProcessors } from './processor-pressure.js';

export interface DependencyCheckOptions {
  name: string;
  /** What whoever is woken by it should do: one sentence, without addresses or secrets. */
  advice: string;
  /** An examination that takes longer has failed, milliseconds. */
  timeoutMs: number;
  /** A good finding holds for this long, milliseconds, so that probes neither wear the supplier nor contradict each other. */
  rememberMs: number;
  /** For so long after a good finding an answer that is merely late is no failure, milliseconds. */
  forgivenMs?: number;
  /** The same, but only while the machine has too few processors for what runs on it, milliseconds. */
  forgivenWhenBusyMs?: number;
  /** Resolves with facts worth showing. A Trouble it rejects with is shown, any other error only logged. */
  examine(): Promise<Record<string, unknown>>;
}

/** A bad finding holds for this long at most, milliseconds: who was mended, or only busy, should not stay ill for a minute. */
const BAD_NEWS_MS = 1_000;

/** A failure whose message is better than the concern's general advice. */
export class HealthCheckFailure extends Error {}

/** One thing the house cannot work without. */
export class DependencyCheck {
  private readonly logger = new Logger('Health');
  private examination?: Promise<Record<string, unknown>>;
  private well = true;
  private examinedAt?: number;
  private good?: { facts: Record<string, unknown>; until: number };
  private lastGood?: { facts: Record<string, unknown>; at: number };

  constructor(private readonly options: DependencyCheckOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Never rejects; `down` comes with a sentence for whoever is woken by it. */
  report(indicators: HealthIndicatorService): HealthCheckAttempt<string> {
    const { name, rememberMs } = this.options;
    return indicators
      .check(name)
      .attempt(() => this.examine())
      .cacheFor(Math.min(rememberMs, BAD_NEWS_MS));
  }

  /** Whether it was well at the last look, without waiting for another; one older than `maxAgeMs` is repeated meanwhile. */
  lastFinding(maxAgeMs: number): boolean | undefined {
    const known = this.examinedAt;
    if (known === undefined || Date.now() - known > maxAgeMs) this.examine().catch(() => undefined);
    return known === undefined ? undefined : this.well;
  }

  private async examine(): Promise<Record<string, unknown>> {
    const { name, advice, timeoutMs } = this.options;
    if (this.good && Date.now() < this.good.until) return this.good.facts;
    this.good = undefined;
    // A supplier that hangs is asked once, not once per probe.
    this.examination ??= this.look().finally(() => (this.examination = undefined));
    const wasBusy = watchProcessors();
    const late = sleep(timeoutMs, undefined, { ref: false }).then(async () => {
      await oneMoreTurn();
      return this.forgive(await wasBusy());
    });
    try {
      return await Promise.race([this.examination, late]);
    } catch (error) {
      if (this.well) this.logger.error(`${name}: ${(error as Error).message}`);
      this.well = false;
      throw error instanceof HealthCheckFailure ? error : new Error(advice);
    } finally {
      this.examinedAt = Date.now();
    }
  }

  /** What was found last, when that is recent enough for an answer that is merely late; throws otherwise. */
  private forgive(wasBusy: boolean): Record<string, unknown> {
    const { timeoutMs, forgivenMs = 0, forgivenWhenBusyMs = 0 } = this.options;
    const forgiven = wasBusy ? Math.max(forgivenMs, forgivenWhenBusyMs) : forgivenMs;
    if (this.lastGood && Date.now() - this.lastGood.at < forgiven) return this.lastGood.facts;
    throw new Error(`no answer within ${timeoutMs} ms`);
  }

  /** A good answer that comes too late for this probe is there for the next: on a busy machine all might be late. */
  private async look(): Promise<Record<string, unknown>> {
    const { name, rememberMs } = this.options;
    const facts = await this.options.examine();
    if (!this.well) this.logger.log(`${name} is well again`);
    this.well = true;
    this.good = { facts, until: Date.now() + rememberMs };
    this.lastGood = { facts, at: Date.now() };
    return facts;
  }
}
