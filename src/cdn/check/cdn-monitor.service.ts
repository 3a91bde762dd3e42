import type { AddressInfo } from 'node:net';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Lease } from '../../platform/scheduling/lease.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { Config } from '../../platform/config/config.js';
import { checkCdn } from './cdn-check.js';
import { failureSentences } from './group-findings.js';
import { SongSource } from './cdn-song.js';
import { CdnStates } from './cdn-state.js';

const LEASE = 'edge check';
/** After the start, and how often it is looked whether a check is due, milliseconds. */
const LOOK_MS = 10_000;

/**
 * The check of `npm run cdn:check` every CDN_CHECK_SECONDS, with fewer objects, by one API process at a time. It asks
 * the house's own door, because URLs are made there and nowhere else.
 */
@Injectable()
export class CdnMonitor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('CdnMonitor');
  private readonly rounds: PeriodicTask;
  private troubles = '';

  constructor(
    private readonly states: CdnStates,
    private readonly lease: Lease,
    private readonly config: Config,
    private readonly adapter: HttpAdapterHost,
  ) {
    this.rounds = new PeriodicTask(
      () => this.round(),
      Math.min(LOOK_MS, config.CDN_CHECK_SECONDS * 1000),
      (e) => this.logger.warn(`the edge was not checked: ${e.message}`),
    );
  }

  onApplicationBootstrap(): void {
    if (this.config.CDN_BASE_URL && this.config.CDN_CHECK_SECONDS > 0) this.rounds.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
    await this.lease.release(LEASE).catch(() => undefined);
  }

  private async round(): Promise<void> {
    const { CDN_CHECK_SECONDS, PUBLIC_URL } = this.config;
    const cdnBaseUrl = this.config.CDN_BASE_URL!;
    const graphql = this.ownGraphqlUrl();
    const isDue = async () => !(await this.states.check(cdnBaseUrl, CDN_CHECK_SECONDS));
    if (!graphql || !(await isDue())) return;
    // Longer than a check can take; whoever held it before may just have checked.
    if (!(await this.lease.take(LEASE, 600)) || !(await isDue())) return;
    try {
      const song = await new SongSource(graphql).newest(cdnBaseUrl);
      const origin = new URL(PUBLIC_URL ?? 'https://listener.example').origin;
      const report = song && (await checkCdn(song, { cdnBaseUrl, origin, few: true })).report;
      // That there was nothing to read is remembered, too: looking costs the house what a listener's questions cost.
      await this.states.keepCheck({ cdnBaseUrl, report });
      this.tell(failureSentences(report?.findings ?? []).join(' '));
    } finally {
      await this.lease.release(LEASE);
    }
  }

  /** Once per change. */
  private tell(troubles: string): void {
    if (troubles && troubles !== this.troubles) this.logger.warn(`the edge: ${troubles}`);
    if (!troubles && this.troubles) this.logger.log('the edge is well again');
    this.troubles = troubles;
  }

  private ownGraphqlUrl(): string | null {
    const address = this.adapter.httpAdapter.getHttpServer().address() as AddressInfo | null;
    if (!address) return null;
    const host = ['::', '0.0.0.0'].includes(address.address) ? '127.0.0.1' : address.address;
    return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/graphql`;
  }
}
