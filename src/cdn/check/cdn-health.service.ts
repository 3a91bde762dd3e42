import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Readiness } from '../../platform/health/readiness.service.js';
import { InformationalCheck, type Finding } from '../../platform/health/informational-check.js';
import { CdnPurgeQueue } from '../../songs/media/cdn-purge-queue.service.js';
import { CdnMetrics } from './cdn-metrics.js';
import { failureSentences } from './group-findings.js';
import { CdnStates } from './cdn-states.service.js';

/** A result expires after two check periods plus one minute, because a newer result should exist by then. */
const PERIODS = 2;
const CHECK_DURATION_SECONDS = 60;

/** Shows the stored results of CDN checks and purges at /health and /metrics, the same in every process. */
@Injectable()
export class CdnHealth implements OnModuleInit {
  constructor(
    private readonly states: CdnStates,
    private readonly purges: CdnPurgeQueue,
    private readonly readiness: Readiness,
    private readonly metrics: CdnMetrics,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (!this.config.CDN_BASE_URL) return;
    this.readiness.addInformational(new InformationalCheck('edge', () => this.finding()));
    this.metrics.observe(
      () => this.purges.pending(),
      async () => {
        const check = await this.check();
        return check?.report ? { at: check.at, kinds: check.report.kinds } : null;
      },
    );
  }

  /** The latest result for this CDN; null if it has expired or checks are switched off. */
  private async check(): ReturnType<CdnStates['check']> {
    const { CDN_BASE_URL, CDN_CHECK_SECONDS } = this.config;
    if (CDN_CHECK_SECONDS === 0) return null;
    return this.states.check(CDN_BASE_URL!, PERIODS * CDN_CHECK_SECONDS + CHECK_DURATION_SECONDS);
  }

  private async finding(): Promise<Finding> {
    const [check, purge, pendingPurges] = await Promise.all([
      this.check(),
      this.states.purge(),
      this.purges.pending(),
    ]);
    const sentences = failureSentences(check?.report?.findings ?? []);
    return {
      facts: {
        checkedAt: check?.at ?? null,
        edge: check?.report?.edge ?? null,
        ...(this.purges.enabled ? { pendingPurges } : {}),
      },
      advice: [...sentences, ...(this.purges.enabled && purge?.trouble ? [purge.trouble] : [])],
    };
  }
}
