import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { channelName } from './channel-name.js';
import type { RedisClient } from './redis-client.js';
import { IMPATIENT } from './redis-connection.js';

const CHANNEL = 'cache:forget';

export interface ForgetListener {
  /** Another process has forgotten these keys. */
  forgotten(keys: string[]): void;
  /** Words may have been missed. */
  gap(): void;
}

/** Tells every process which answers are out of date, and knows whether it would hear of it itself. */
export class ForgetChannel {
  private readonly id = randomUUID();
  private readonly subscriber: Redis;
  private readonly channel: string;
  private hearing = false;

  constructor(
    url: string,
    private readonly publisher: RedisClient,
    private readonly listener: ForgetListener,
  ) {
    this.channel = channelName(url, CHANNEL);
    this.subscriber = new Redis(url, { ...IMPATIENT, autoResubscribe: false, socketTimeout: 3_000 });
    this.subscriber.on('error', (error) => publisher.troubles.failed(error));
    this.subscriber.on('close', () => (this.hearing = false));
    this.subscriber.on('message', (_channel, message) => this.hear(message));
    this.subscriber.on('ready', () => void this.subscribe());
  }

  /** Whether a word spoken by another process now would be heard here. */
  get live(): boolean {
    return this.hearing;
  }

  /** Rejects when Redis does not answer. Not heard by the speaker. */
  async announce(keys: string[]): Promise<void> {
    await this.publisher.publish(this.channel, JSON.stringify({ from: this.id, keys }));
  }

  /** Redis has just failed to answer somebody: until the subscription has proved itself it is not relied on. */
  suspect(): void {
    if (!this.hearing) return;
    this.hearing = false;
    // Replies keep their order, so every word spoken before this reply has been heard when it comes.
    this.subscriber.ping().then(
      () => (this.hearing = this.subscriber.status === 'ready'),
      () => undefined,
    );
  }

  close(): void {
    this.subscriber.disconnect();
  }

  private async subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.channel);
      this.listener.gap();
      this.hearing = true;
    } catch (error) {
      this.publisher.troubles.failed(error);
      this.subscriber.disconnect(true);
    }
  }

  private hear(message: string): void {
    const { from, keys } = JSON.parse(message) as { from: string; keys: string[] };
    if (from !== this.id) this.listener.forgotten(keys);
  }
}
