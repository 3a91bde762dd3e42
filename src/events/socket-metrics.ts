import { Counter, type Registry } from 'prom-client';
import { registerSampledGauge, samplesBy } from '../platform/metrics/sampled-gauge.js';
import { SOCKET_REFUSALS } from './socket-errors.js';

export type SocketKind = 'graphql' | 'socketio';

/** Metrics of WebSockets. */
export class SocketMetrics {
  private readonly counts = new Map<SocketKind, () => number>();
  private readonly refusals: Counter;
  private subscribed: () => number = () => 0;

  constructor(registry: Registry) {
    this.refusals = new Counter({
      name: 'sockets_refused_total',
      help: 'WebSockets and subscriptions refused because a limit was reached, by error code.',
      labelNames: ['code'],
      registers: [registry],
    });
    // The series exist from the start, so that the first refusal is an increase.
    for (const code of SOCKET_REFUSALS) this.refusals.inc({ code }, 0);
    registerSampledGauge(registry, {
      name: 'open_sockets',
      help: 'Open event sockets of this process, by kind.',
      labelNames: ['kind'],
      read: () =>
        samplesBy(
          'kind',
          Array.from(this.counts, ([kind, count]) => [kind, count()] as const),
        ),
    });
    registerSampledGauge(registry, {
      name: 'open_subscriptions',
      help: 'Subscriptions this process serves; long ones count as several.',
      read: () => this.subscribed(),
    });
  }

  /** `count` is called at every scrape: open sockets of this kind in this process. */
  observe(kind: SocketKind, count: () => number): void {
    this.counts.set(kind, count);
  }

  /** `count` is called at every scrape: subscriptions of this process, including songs watched over Socket.io. */
  observeSubscriptions(count: () => number): void {
    this.subscribed = count;
  }

  /** `code`: a domain error's code. */
  refused(code: string): void {
    this.refusals.inc({ code });
  }
}
