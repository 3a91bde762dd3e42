import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Readiness } from '../../platform/health/readiness.js';
import { InformationalCheck, type Finding } from '../../platform/health/informational-check.js';
import { CdnMetrics } from '../../platform/metrics/cdn-metrics.js';
import { CdnPurgeQueue } from '../../songs/media/cdn-purge-queue.js';
import { failureSentences } from './group-findings.js';
import { CdnStates } from './cdn-state.js';

/** A look that ought to have been followed by another says nothing any more: so many periods, and a minute for the look. */
const PERIODS = 2;
const LOOK_SECONDS = 60;

/** Shows what is known of the edge at /health and /metrics, the same on every process. */
@Injectable()
export class CdnHealth implements OnModuleInit {
  constructor(
    private readonly states: CdnStates,
    private readonly orders: CdnPurgeQueue,
    private readonly readiness: Readiness,
    private readonly metrics: CdnMetrics,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (!this.config.CDN_BASE_URL) return;
    this.readiness.addInformational(new InformationalCheck('edge', () => this.finding()));
    this.metrics.observe(
      () => this.orders.pending(),
      async () => {
        const check = await this.check();
        return check?.report ? { at: check.at, kinds: check.report.kinds } : null;
      },
    );
  }

  /** What was found of this CDN lately; nothing when nobody looks. */
  private async check(): ReturnType<CdnStates['check']> {
    const { CDN_BASE_URL, CDN_CHECK_SECONDS } = this.config;
    if (CDN_CHECK_SECONDS === 0) return null;
    return this.states.check(CDN_BASE_URL!, PERIODS * CDN_CHECK_SECONDS + LOOK_SECONDS);
  }

  private async finding(): Promise<Finding> {
    const [check, purge, pendingPurges] = await Promise.all([
      this.check(),
      this.states.purge(),
      this.orders.pending(),
    ]);
    const sentences = failureSentences(check?.report?.findings ?? []);
    return {
      facts: {
        checkedAt: check?.at ?? null,
        edge: check?.report?.edge ?? null,
        ...(this.orders.enabled ? { pendingPurges } : {}),
      },
      advice: [...sentences, ...(this.orders.enabled && purge?.trouble ? [purge.trouble] : [])],
    };
  }
}
