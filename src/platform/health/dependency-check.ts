import { Logger } from '@nestjs/common';
import type { HealthCheckAttempt, HealthIndicatorService } from '@nestjs/terminus';
import { withTimeout } from '../async/with-timeout.js';
import { watchProcessors } from './processor-pressure.js';

export interface DependencyCheckOptions {
  name: string;
  /** What the operator should do: one sentence, without addresses or secrets. */
  advice: string;
  /** A check that takes longer has failed, milliseconds. */
  timeoutMs: number;
  /**
   * How long a good result is cached, milliseconds, so that probes neither load the service nor contradict each other.
   */
  rememberMs: number;
  /** For this long after a good result an answer that is merely late is no failure, milliseconds. */
  forgivenMs?: number;
  /** The same, but only while the machine has too few processors for what runs on it, milliseconds. */
  forgivenWhenBusyMs?: number;
  /** Resolves with facts to show. The message of a HealthCheckFailure is shown; any other error is only logged. */
  run(): Promise<Record<string, unknown>>;
}

/**
 * How long a failure is cached at most, milliseconds: a part that recovered should not be reported down for a minute.
 */
const FAILURE_CACHE_MS = 1_000;

/** A failure whose message is better than the general advice of its check. */
export class HealthCheckFailure extends Error {}

/** Checks one thing the server cannot work without. */
export class DependencyCheck {
  private readonly logger = new Logger('Health');
  private running?: Promise<Record<string, unknown>>;
  private well = true;
  private checkedAt?: number;
  private good?: { facts: Record<string, unknown>; until: number };
  private lastGood?: { facts: Record<string, unknown>; at: number };

  constructor(private readonly options: DependencyCheckOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Never rejects; `down` comes with a sentence for the operator. */
  report(indicators: HealthIndicatorService): HealthCheckAttempt<string> {
    const { name, rememberMs } = this.options;
    return indicators
      .check(name)
      .attempt(() => this.refresh())
      .cacheFor(Math.min(rememberMs, FAILURE_CACHE_MS));
  }

  /**
   * The last result, without waiting; undefined before the first. One older than `maxAgeMs` is refreshed in the
   * background.
   */
  lastFinding(maxAgeMs: number): boolean | undefined {
    const known = this.checkedAt;
    if (known === undefined || Date.now() - known > maxAgeMs) this.refresh().catch(() => undefined);
    return known === undefined ? undefined : this.well;
  }

  private async refresh(): Promise<Record<string, unknown>> {
    const { name, advice, timeoutMs } = this.options;
    if (this.good && Date.now() < this.good.until) return this.good.facts;
    this.good = undefined;
    // A service that hangs is asked once, not once per probe.
    this.running ??= this.check().finally(() => (this.running = undefined));
    const wasBusy = watchProcessors();
    try {
      return await withTimeout(timeoutMs, this.running, async () => this.forgive(await wasBusy()));
    } catch (error) {
      if (this.well) this.logger.error(`${name}: ${(error as Error).message}`);
      this.well = false;
      throw error instanceof HealthCheckFailure ? error : new Error(advice);
    } finally {
      this.checkedAt = Date.now();
    }
  }

  /** The last good facts, when they are recent enough to excuse an answer that is merely late; throws otherwise. */
  private forgive(wasBusy: boolean): Record<string, unknown> {
    const { timeoutMs, forgivenMs = 0, forgivenWhenBusyMs = 0 } = this.options;
    const forgiven = wasBusy ? Math.max(forgivenMs, forgivenWhenBusyMs) : forgivenMs;
    if (this.lastGood && Date.now() - this.lastGood.at < forgiven) return this.lastGood.facts;
    throw new Error(`no answer within ${timeoutMs} ms`);
  }

  /** A good answer that is too late for this probe is kept for the next: on a busy machine all answers may be late. */
  private async check(): Promise<Record<string, unknown>> {
    const { name, rememberMs } = this.options;
    const facts = await this.options.run();
    if (!this.well) this.logger.log(`${name} recovered`);
    this.well = true;
    this.good = { facts, until: Date.now() + rememberMs };
    this.lastGood = { facts, at: Date.now() };
    return facts;
  }
}
