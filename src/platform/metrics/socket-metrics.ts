import { Counter, Gauge, type Registry } from 'prom-client';

/** What a socket or a subscription is refused with when a bound is reached (events/socket-errors.ts). */
const REFUSALS = ['TOO_MANY_SOCKETS', 'SOCKETS_FULL', 'TOO_MANY_SUBSCRIPTIONS'];

export type SocketKind = 'graphql' | 'socketio';

/** What is counted of WebSockets. */
export class SocketMetrics {
  private readonly counts = new Map<SocketKind, () => number>();
  private readonly refusals: Counter;
  private subscribed: () => number = () => 0;

  constructor(registry: Registry) {
    this.refusals = new Counter({
      name: 'sockets_refused_total',
      help: 'WebSockets and subscriptions refused because a bound was reached, by the code the client was given.',
      labelNames: ['code'],
      registers: [registry],
    });
    // From the start, so that the first refusal is an increase.
    for (const code of REFUSALS) this.refusals.inc({ code }, 0);
    this.registerSockets(registry);
    this.registerSubscriptions(registry);
  }

  /** `count` is asked at every scrape: sockets of this kind open in this process. */
  observe(kind: SocketKind, count: () => number): void {
    this.counts.set(kind, count);
  }

  /** `count` is asked at every scrape: subscriptions of this process, and songs followed over Socket.io. */
  observeSubscriptions(count: () => number): void {
    this.subscribed = count;
  }

  /** `code`: a domain error's code. */
  refused(code: string): void {
    this.refusals.inc({ code });
  }

  private registerSockets(registry: Registry): void {
    const { counts } = this;
    new Gauge({
      name: 'open_sockets',
      help: 'Sockets open in this process for news, by kind.',
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        for (const [kind, count] of counts) this.set({ kind }, count());
      },
    });
  }

  private registerSubscriptions(registry: Registry): void {
    const count = () => this.subscribed();
    new Gauge({
      name: 'open_subscriptions',
      help: 'Subscriptions this process serves; long ones count as several.',
      registers: [registry],
      collect() {
        this.set(count());
      },
    });
  }
}
