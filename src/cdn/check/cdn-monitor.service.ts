import type { AddressInfo } from 'node:net';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Lease } from '../../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { Config } from '../../platform/config/config.js';
import { checkCdn } from './cdn-check.js';
import { failureSentences } from './group-findings.js';
import { SongSource } from './song-source.js';
import { CdnStates } from './cdn-states.service.js';

const LEASE = 'edge check';
/** Time between two tests of whether a check is due, and from the start to the first one, milliseconds. */
const POLL_MS = 10_000;

/**
 * Runs the check of `npm run cdn:check` with fewer objects every CDN_CHECK_SECONDS, in one API process at a time. It
 * queries this server's own GraphQL API, because only the API creates media URLs.
 */
@Injectable()
export class CdnMonitor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('CdnMonitor');
  private readonly task: PeriodicTask;
  private failures = '';

  constructor(
    private readonly states: CdnStates,
    private readonly lease: Lease,
    private readonly config: Config,
    private readonly adapter: HttpAdapterHost,
  ) {
    this.task = new PeriodicTask({
      work: () => this.round(),
      pauseMs: Math.min(POLL_MS, config.CDN_CHECK_SECONDS * 1000),
      onFailure: (e) => this.logger.warn(`the edge was not checked: ${e.message}`),
    });
  }

  onApplicationBootstrap(): void {
    if (this.config.CDN_BASE_URL && this.config.CDN_CHECK_SECONDS > 0) this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
    await this.lease.release(LEASE).catch(() => undefined);
  }

  private async round(): Promise<void> {
    const { CDN_CHECK_SECONDS, PUBLIC_URL } = this.config;
    const cdnBaseUrl = this.config.CDN_BASE_URL!;
    const graphql = this.ownGraphqlUrl();
    const isDue = async () => !(await this.states.check(cdnBaseUrl, CDN_CHECK_SECONDS));
    if (!graphql || !(await isDue())) return;
    // The lease is longer than a check can take. Its previous holder may just have finished one.
    if (!(await this.lease.take(LEASE, 600)) || !(await isDue())) return;
    try {
      const song = await new SongSource(graphql).newest(cdnBaseUrl);
      const origin = new URL(PUBLIC_URL ?? 'https://listener.example').origin;
      const report = song && (await checkCdn(song, { cdnBaseUrl, origin, few: true })).report;
      // An empty result is stored as well, because finding a song costs as much as a listener's queries.
      await this.states.keepCheck({ cdnBaseUrl, report });
      this.logChange(failureSentences(report?.findings ?? []).join(' '));
    } finally {
      await this.lease.release(LEASE);
    }
  }

  /** Logs failures once, until they change. */
  private logChange(failures: string): void {
    if (failures && failures !== this.failures) this.logger.warn(`the edge: ${failures}`);
    if (!failures && this.failures) this.logger.log('CDN check recovered');
    this.failures = failures;
  }

  private ownGraphqlUrl(): string | null {
    const address = this.adapter.httpAdapter.getHttpServer().address() as AddressInfo | null;
    if (!address) return null;
    const host = ['::', '0.0.0.0'].includes(address.address) ? '127.0.0.1' : address.address;
    return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/graphql`;
  }
}
