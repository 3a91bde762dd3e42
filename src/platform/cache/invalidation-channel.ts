import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { channelName } from './channel-name.js';
import { Confirmations } from './confirmations.js';
import type { RedisClient } from './redis-client.js';
import { FAIL_FAST } from './redis-connection.js';

const CHANNEL = 'cache:forget';
/** How long processes have to confirm that they have forgotten, milliseconds. */
const CONFIRM_MS = 2_000;

interface Message {
  from: string;
  keys: string[];
  /** The id under which the sender waits for a confirmation. */
  confirm?: string;
}

export interface ForgetListener {
  /** Another process has forgotten these keys. */
  forgotten(keys: string[]): void;
  /** Words may have been missed. */
  gap(): void;
}

/** Tells every process which answers are out of date, and knows whether it would hear of it itself. */
export class InvalidationChannel {
  private readonly id = randomUUID();
  private readonly subscriber: Redis;
  private readonly channel: string;
  private readonly confirmations = new Confirmations();
  private hearing = false;

  constructor(
    url: string,
    private readonly publisher: RedisClient,
    private readonly listener: ForgetListener,
  ) {
    this.channel = channelName(url, CHANNEL);
    this.subscriber = new Redis(url, { ...FAIL_FAST, autoResubscribe: false, socketTimeout: 3_000 });
    this.subscriber.on('error', (error) => publisher.troubles.failed(error));
    this.subscriber.on('close', () => (this.hearing = false));
    this.subscriber.on('message', (channel, message) => this.receive(channel, message));
    this.subscriber.on('ready', () => void this.subscribe());
  }

  /** Whether a word spoken by another process now would be heard here. */
  get live(): boolean {
    return this.hearing;
  }

  /** Rejects when Redis does not answer. Not heard by the speaker. */
  async announce(keys: string[]): Promise<void> {
    await this.publish({ from: this.id, keys });
  }

  /** Resolves when every process that listens has forgotten these keys. Rejects when it is not known whether they have. */
  async announceToAll(keys: string[]): Promise<void> {
    const publish = (confirm: string) => this.publish({ from: this.id, keys, confirm });
    await this.confirmations.collect(publish, CONFIRM_MS);
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
      await this.subscriber.subscribe(this.channel, this.confirmationsOf(this.id));
      this.listener.gap();
      this.hearing = true;
    } catch (error) {
      this.publisher.troubles.failed(error);
      this.subscriber.disconnect(true);
    }
  }

  /** How many processes it was handed to, this one included. */
  private publish(message: Message): Promise<number> {
    return this.publisher.publish(this.channel, JSON.stringify(message));
  }

  private receive(channel: string, text: string): void {
    if (channel !== this.channel) return this.confirmations.confirm(text);
    const { from, keys, confirm } = JSON.parse(text) as Message;
    if (from === this.id) {
      if (confirm) this.confirmations.confirm(confirm);
      return;
    }
    this.listener.forgotten(keys);
    // A confirmation that is lost is one that does not come.
    if (confirm) this.publisher.publish(this.confirmationsOf(from), confirm).catch(() => undefined);
  }

  private confirmationsOf(id: string): string {
    return `${this.channel}:confirmed:${id}`;
  }
}
