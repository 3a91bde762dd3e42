import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { every, retry } from '../platform/async/retry.js';
import { RedisClient } from '../platform/cache/redis-client.service.js';
import { channelName, FAIL_FAST } from '../platform/cache/redis-connection.js';
import { Config } from '../platform/config/config.js';
import { ServiceUrls } from '../platform/config/service-urls.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { EventBuffer } from './event-buffer.js';
import { EventBus, type LibraryEvent, type EventStream, type NewEvent } from './event-bus.js';

/** Name of the channel, and of the event in its messages. Fixed, because processes of two releases run side by side. */
const CHANNEL = 'news';
/** How often a process that could not publish tries to announce `events.missed`, milliseconds. */
const MISSED_RETRY_MS = 1_000;

/**
 * Events over Redis pub/sub. Consumers in this process are served directly and never wait for Redis; other processes
 * receive each event once through their own subscription. Pub/sub does not store messages, so `events.missed` is sent
 * to consumers here after the subscription was lost, and to all consumers after this process could not publish.
 */
@Injectable()
export class RedisEventBus extends EventBus implements OnApplicationShutdown {
  private readonly id = randomUUID();
  private readonly consumers = new Set<EventBuffer>();
  private readonly subscriber: Redis;
  private readonly channel: string;
  private readonly subscriptionCheck: PeriodicTask;
  private readonly closing = new AbortController();
  private subscriptionLost = false;
  private isAnnouncing = false;

  constructor(
    urls: ServiceUrls,
    private readonly publisher: RedisClient,
    config: Config,
  ) {
    super();
    this.channel = channelName(urls.redisUrl, CHANNEL);
    this.subscriber = new Redis(urls.redisUrl, {
      ...FAIL_FAST,
      autoResubscribe: false,
      socketTimeout: 3_000,
    });
    this.subscriber.on('error', (error) => publisher.troubles.failed(error));
    this.subscriber.on('message', (_channel, message) => this.receive(message));
    this.subscriber.on('close', () => (this.subscriptionLost = true));
    this.subscriber.on('ready', () => void this.subscribeToChannel());
    // A frozen subscription is noticed only by a PING. Rarely, because hosted Redis bills per command.
    this.subscriptionCheck = new PeriodicTask({
      work: () => this.checkSubscription(),
      pauseMs: config.redisIdlePollSeconds * 1_000,
      onFailure: (error) => publisher.troubles.failed(error),
    });
    this.subscriptionCheck.start();
  }

  async publish(event: NewEvent): Promise<void> {
    const stamped = { ...event, at: new Date().toISOString() } as LibraryEvent;
    this.deliver(stamped);
    if (!(await this.send(stamped))) void this.announceMissed();
  }

  subscribe(accept: (event: LibraryEvent) => boolean): EventStream {
    const buffer = new EventBuffer(accept, (ended) => this.consumers.delete(ended));
    this.consumers.add(buffer);
    return buffer;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    this.subscriber.disconnect();
    await this.subscriptionCheck.stop();
    for (const consumer of Array.from(this.consumers)) await consumer.return();
  }

  private deliver(event: LibraryEvent): void {
    for (const consumer of this.consumers) consumer.push(event);
  }

  private async send(event: LibraryEvent): Promise<boolean> {
    try {
      await this.publisher.publish(this.channel, JSON.stringify({ from: this.id, [CHANNEL]: event }));
      return true;
    } catch {
      return false; // the Redis client has logged it
    }
  }

  /** As soon as Redis answers again, asks all processes to read again what they may have missed. */
  private async announceMissed(): Promise<void> {
    if (this.isAnnouncing) return;
    this.isAnnouncing = true;
    const announce = async () => {
      if (!(await this.send({ type: 'events.missed', at: new Date().toISOString() })))
        throw new Error('not sent');
    };
    const { signal } = this.closing;
    await retry(announce, { ...every(MISSED_RETRY_MS), hasFailed: true, isBackground: true, signal }).catch(
      () => undefined, // the process ends
    );
    this.isAnnouncing = false;
  }

  private async subscribeToChannel(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.channel);
      if (this.subscriptionLost) this.deliver({ type: 'events.missed', at: new Date().toISOString() });
      this.subscriptionLost = false;
    } catch (error) {
      this.publisher.troubles.failed(error);
      this.subscriber.disconnect(true);
    }
  }

  private async checkSubscription(): Promise<void> {
    if (this.subscriber.status !== 'ready') return;
    await this.subscriber.ping().then(
      () => this.publisher.markAlive(),
      () => {
        if (this.closing.signal.aborted) return;
        this.publisher.markSuspect();
        this.subscriber.disconnect(true);
      },
    );
  }

  private receive(message: string): void {
    try {
      const { from, [CHANNEL]: event } = JSON.parse(message) as { from: string; [CHANNEL]: LibraryEvent };
      if (from !== this.id) this.deliver(event);
    } catch (error) {
      this.publisher.troubles.failed(error); // not a message of this application
    }
  }
}
