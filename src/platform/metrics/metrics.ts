import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { registerCapacityGauges, type CapacityFigures } from './capacity-gauges.js';

export type CacheTier = 'process' | 'redis' | 'miss';
export type MediaKind = 'master' | 'playlist' | 'segment' | 'peaks' | 'original' | 'artwork';
export type TranscodeOutcome = 'published' | 'retried' | 'failed' | 'abandoned';

/** How one delivery attempt ended; `retried`: there will be another attempt. */
export type DeliveryOutcome = 'delivered' | 'retried' | 'given_up';

export interface GraphqlAnswer {
  /** The root field, never a name chosen by the client. */
  field: string;
  type: 'query' | 'mutation' | 'subscription' | 'unknown';
  outcome: 'ok' | 'refused' | 'failed';
}

export interface RestAnswer {
  method: string;
  /** The pattern of the route, never the requested path. */
  route: string;
  status: number;
}

type QueueDepths = () => Promise<Readonly<Record<string, number>>>;
type Count = () => number | Promise<number>;

/** A scrape waits at most this long for a value, milliseconds. */
const ASK_TIMEOUT_MS = 500;

/** The server's metrics in domain terms. Every label has a bounded set of values. */
export class Metrics {
  private readonly accepted: Counter;
  private readonly refused: Counter;
  private readonly givenUp: Counter;
  private readonly transcodes: Histogram;
  private readonly audio: Counter;
  private readonly lookups: Counter;
  private readonly mediaBytes: Counter;
  private readonly mediaResponses: Counter;
  private readonly graphql: Histogram;
  private readonly rest: Histogram;
  private readonly deliveries: Counter;
  private queueDepths?: QueueDepths;
  private pendingDeliveries?: Count;
  private capacity?: () => CapacityFigures | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    this.accepted = new Counter({
      name: 'uploads_accepted_total',
      help: 'Uploads that passed every check and became a song.',
      registers,
    });
    this.refused = new Counter({
      name: 'uploads_refused_total',
      help: 'Uploads refused, by error code.',
      labelNames: ['code'],
      registers,
    });
    this.transcodes = new Histogram({
      name: 'transcode_duration_seconds',
      help: 'Wall time of one transcode attempt, by how it ended.',
      labelNames: ['outcome'],
      buckets: [1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1800],
      registers,
    });
    this.givenUp = new Counter({
      name: 'songs_given_up_total',
      help: 'Songs whose last attempt failed, found by the worker or, when the worker was lost, by the sweep.',
      registers,
    });
    this.audio = new Counter({
      name: 'transcoded_audio_seconds_total',
      help: 'Playing time of the songs published, seconds.',
      registers,
    });
    this.lookups = new Counter({
      name: 'cache_lookups_total',
      help: 'Cache lookups, by the tier that answered; miss means that the database was read.',
      labelNames: ['tier'],
      registers,
    });
    this.mediaBytes = new Counter({
      name: 'media_sent_bytes_total',
      help: 'Media bytes sent to listeners and CDNs, by kind.',
      labelNames: ['kind'],
      registers,
    });
    this.mediaResponses = new Counter({
      name: 'media_responses_total',
      help: 'Answers of the media endpoint, by kind and status class.',
      labelNames: ['kind', 'status'],
      registers,
    });
    this.graphql = new Histogram({
      name: 'graphql_request_duration_seconds',
      help: 'Time to answer a GraphQL operation, by root field, operation type and outcome.',
      labelNames: ['field', 'type', 'outcome'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    });
    this.rest = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer a REST request, by method, route pattern and status class.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.deliveries = new Counter({
      name: 'webhook_deliveries_total',
      help: 'Attempts to deliver to a webhook, by outcome; retried ones are attempted again.',
      labelNames: ['outcome'],
      registers,
    });
    this.registerQueueDepth(registry);
    this.registerPendingDeliveries(registry);
    registerCapacityGauges(registry, () => this.capacity?.());
  }

  uploadAccepted(): void {
    this.accepted.inc();
  }

  /** `code`: a domain error's code. */
  uploadRefused(code: string): void {
    this.refused.inc({ code });
  }

  /** One attempt ended after `seconds` of wall time. */
  transcoded(outcome: TranscodeOutcome, seconds: number): void {
    this.transcodes.observe({ outcome }, seconds);
  }

  /** A song has become FAILED. */
  recordSongFailed(): void {
    this.givenUp.inc();
  }

  /** A song of this duration was published. */
  audioTranscoded(seconds: number): void {
    this.audio.inc(seconds);
  }

  /** Lookups since the process was started, by the tier that answered. */
  async cacheLookups(): Promise<Record<CacheTier, number>> {
    const { values } = await this.lookups.get();
    const of = (tier: CacheTier) => values.find(({ labels }) => labels['tier'] === tier)?.value ?? 0;
    return { process: of('process'), redis: of('redis'), miss: of('miss') };
  }

  cacheLookup(tier: CacheTier): void {
    this.lookups.inc({ tier });
  }

  /** An answer of the media endpoint has ended; `bytes` of its body were sent. */
  mediaSent(kind: MediaKind, status: number, bytes: number): void {
    this.mediaBytes.inc({ kind }, bytes);
    this.mediaResponses.inc({ kind, status: statusClass(status) });
  }

  graphqlAnswered({ field, type, outcome }: GraphqlAnswer, seconds: number): void {
    this.graphql.observe({ field, type, outcome }, seconds);
  }

  restAnswered({ method, route, status }: RestAnswer, seconds: number): void {
    this.rest.observe({ method, route, status: statusClass(status) }, seconds);
  }

  /**
   * `depths` is asked at every scrape: how many jobs are in each state. Failing or slow, the scrape goes on without.
   */
  observeQueue(depths: QueueDepths): void {
    this.queueDepths = depths;
  }

  /** One attempt of a webhook delivery has ended. */
  recordWebhookAttempt(outcome: DeliveryOutcome): void {
    this.deliveries.inc({ outcome });
  }

  /** `count` is asked at every scrape: deliveries that wait for a first or next try. As with the queue. */
  observePendingDeliveries(count: Count): void {
    this.pendingDeliveries = count;
  }

  /** `figures` is called at every scrape and answers from memory. */
  observeCapacity(figures: () => CapacityFigures | undefined): void {
    this.capacity = figures;
  }

  private registerPendingDeliveries(registry: Registry): void {
    const ask = async () => atOnce(this.pendingDeliveries?.());
    new Gauge({
      name: 'webhook_pending_deliveries',
      help: 'Webhook deliveries that wait for a first or next try; absent while the database does not answer.',
      registers: [registry],
      async collect() {
        const pending = await ask().catch(() => undefined);
        if (pending === undefined) this.remove();
        else this.set(pending);
      },
    });
  }

  private registerQueueDepth(registry: Registry): void {
    const ask = async () => atOnce(this.queueDepths?.());
    new Gauge({
      name: 'transcode_queue_jobs',
      help: 'Songs with work to do or given up, by state of their job; absent while Redis or the database does not answer.',
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        const depths = await ask().catch(() => undefined);
        this.reset();
        for (const [state, jobs] of Object.entries(depths ?? {})) this.set({ state }, jobs);
      },
    });
  }
}

function atOnce<T>(answer: T | Promise<T>): Promise<T | undefined> {
  return Promise.race([answer, sleep(ASK_TIMEOUT_MS, undefined, { ref: false })]);
}

function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
