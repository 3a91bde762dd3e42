import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Readiness } from '../health/readiness.js';
import { Remark, type Finding } from '../health/remark.js';
import { EdgeMetrics } from '../metrics/edge-metrics.js';
import { EdgePurges } from '../songs/edge-purges.js';
import { failureSentences } from './edge-sentences.js';
import { EdgeStates } from './edge-state.js';

/** Shows what is known of the edge at /health and /metrics, the same on every process. */
@Injectable()
export class EdgeHealth implements OnModuleInit {
  constructor(
    private readonly states: EdgeStates,
    private readonly orders: EdgePurges,
    private readonly readiness: Readiness,
    private readonly metrics: EdgeMetrics,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (!this.config.CDN_BASE_URL) return;
    this.readiness.add(new Remark('edge', () => this.finding()));
    this.metrics.observe(
      () => this.orders.pending(),
      async () => {
        const check = await this.states.check();
        return check && { at: check.at, kinds: check.state.kinds };
      },
    );
  }

  private async finding(): Promise<Finding> {
    const [check, purge, pendingPurges] = await Promise.all([
      this.states.check(),
      this.states.purge(),
      this.orders.pending(),
    ]);
    const sentences = failureSentences(check?.state.findings ?? []);
    return {
      facts: {
        checkedAt: check?.at ?? null,
        edge: check?.state.edge ?? null,
        ...(this.orders.wanted ? { pendingPurges } : {}),
      },
      advice: [...sentences, ...(purge?.trouble ? [purge.trouble] : [])],
    };
  }
}
