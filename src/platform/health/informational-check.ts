import type { HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { withTimeout } from '../async/with-timeout.js';

/** A check that takes longer reports nothing, milliseconds. */
const TIMEOUT_MS = 1_000;
/** How long a finding is cached, milliseconds. */
const REMEMBER_MS = 2_000;

/** Facts to show; `advice`: what the operator should do, one sentence each. */
export interface Finding {
  facts: Record<string, unknown>;
  advice: string[];
}

/**
 * Something to show at /health that must not take a process out of the load balancer, because every process has the
 * same problem. It is `up` or `degraded`, never `down`, and the answer stays 200.
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
      // If the check itself fails, report nothing: the cause (database, Redis) has its own readiness check.
      const promise = withTimeout(TIMEOUT_MS, this.read()).catch(() => ({
        facts: { known: false },
        advice: [],
      }));
      this.finding = { promise, until: now + REMEMBER_MS };
    }
    return this.finding.promise;
  }
}
