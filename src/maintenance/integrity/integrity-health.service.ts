import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { Config } from '../../platform/config/config.js';
import { Readiness } from '../../platform/health/readiness.service.js';
import { InformationalCheck, type Finding } from '../../platform/health/informational-check.js';
import { CheckRounds } from './check-rounds.service.js';
import { adviceOn } from './integrity-advice.js';
import { IntegrityMetrics } from './integrity-metrics.js';
import { LostMediaList } from './lost-media-list.service.js';

const EXAMPLES = 5;

/** Shows the findings of the self-check at /health and /metrics, the same in every process. */
@Injectable()
export class IntegrityHealth implements OnModuleInit {
  constructor(
    private readonly progress: CheckRounds,
    private readonly list: LostMediaList,
    private readonly readiness: Readiness,
    private readonly metrics: IntegrityMetrics,
    private readonly clock: DatabaseClock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.SELF_CHECK_SECONDS === 0 || this.config.selfCheckRequestsPerDay === 0) return;
    this.readiness.addInformational(new InformationalCheck('media', () => this.finding()));
    this.metrics.observe(async () => {
      const [round, missing] = await Promise.all([this.progress.read(), this.missing()]);
      if (!round) return null;
      const { halted, emptyStore, lookedAt, remade } = round;
      return { missing, halted: halted || emptyStore !== null, lookedAt, remade };
    });
  }

  private async missing() {
    return this.list.counts(await this.clock.ago(this.config.selfCheckConfirmMs));
  }

  private async finding(): Promise<Finding> {
    const before = await this.clock.ago(this.config.selfCheckConfirmMs);
    const [round, missing, examples] = await Promise.all([
      this.progress.read(),
      this.list.counts(before),
      this.list.examples(before, EXAMPLES),
    ]);
    const facts = {
      lookedAt: round?.lookedAt ?? null,
      roundStartedAt: round?.startedAt ?? null,
      roundEndedAt: round?.endedAt ?? null,
      checked: round?.checked ?? 0,
      remade: round?.remade ?? 0,
      missing,
      ...(examples.length > 0 ? { examples } : {}),
    };
    return { facts, advice: adviceOn(round, missing, this.config.SELF_CHECK_REMAKES) };
  }
}
