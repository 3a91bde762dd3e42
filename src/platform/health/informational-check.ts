import type { HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { withTimeout } from '../async/with-timeout.js';

/** Longer, and there is nothing to remark, milliseconds. */
const TIMEOUT_MS = 1_000;
/** A finding is good for this long, milliseconds. */
const REMEMBER_MS = 2_000;

/** Facts worth showing; `advice`: what somebody should do, sentence by sentence. */
export interface Finding {
  facts: Record<string, unknown>;
  advice: string[];
}

/**
 * Something worth showing at /health that is no reason to send people elsewhere: every process of the house meets the
 * same trouble. It is `up` or `degraded`, never `down`, and the answer stays 200.
 */
export class InformationalCheck {
  private finding?: { promise: Promise<Finding>; until: number };

  constructor(
    private readonly name: string,
    private readonly read: () => Promise<Finding>,
  ) {}

  report(indicators: HealthIndicatorService): HealthIndicatorFunction {
    return async () => {
      const { facts, advice } = await this.remembered();
      const indicator = indicators.check(this.name);
      return advice.length > 0 ? indicator.degraded({ ...facts, advice }) : indicator.up(facts);
    };
  }

  private remembered(): Promise<Finding> {
    const now = Date.now();
    if (!this.finding || this.finding.until < now) {
      // Who cannot be asked has nothing to say; what hinders them has a concern of its own.
      const promise = withTimeout(TIMEOUT_MS, this.read()).catch(() => ({
        facts: { known: false },
        advice: [],
      }));
      this.finding = { promise, until: now + REMEMBER_MS };
    }
    return this.finding.promise;
  }
}
