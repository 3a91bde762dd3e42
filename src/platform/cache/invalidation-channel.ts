import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Confirmations } from './confirmations.js';
import type { RedisClient } from './redis-client.service.js';
import { channelName, FAIL_FAST } from './redis-connection.js';

const CHANNEL = 'cache:forget';
/** How long processes have to confirm an invalidation, milliseconds. */
const CONFIRM_MS = 2_000;

interface Message {
  from: string;
  keys: string[];
  /** The id under which the sender waits for confirmations; absent when it does not wait. */
  confirm?: string;
}

export interface InvalidationListener {
  /** Another process has invalidated these keys. */
  invalidated(keys: string[]): void;
  /** Messages may have been missed. */
  gap(): void;
}

/**
 * Tells every process which cached results are outdated, and knows whether this process would receive such messages:
 *
 *     not live --subscribed, and the listener has dropped what messages may have been missed of--> live
 *     live     --connection lost--> not live
 *     live     --Redis did not answer something (suspect)--> not live --PING answered--> live
 */
export class InvalidationChannel {
  private readonly id = randomUUID();
  private readonly subscriber: Redis;
  private readonly channel: string;
  private readonly confirmations = new Confirmations();
  private subscribed = false;

  constructor(
    url: string,
    private readonly publisher: RedisClient,
    private readonly listener: InvalidationListener,
  ) {
    this.channel = channelName(url, CHANNEL);
    this.subscriber = new Redis(url, { ...FAIL_FAST, autoResubscribe: false, socketTimeout: 3_000 });
    this.subscriber.on('error', (error) => publisher.troubles.failed(error));
    this.subscriber.on('close', () => (this.subscribed = false));
    this.subscriber.on('message', (channel, message) => this.receive(channel, message));
    this.subscriber.on('ready', () => void this.subscribe());
  }

  /** Whether this process would receive an invalidation that another process publishes now. */
  get live(): boolean {
    return this.subscribed;
  }

  /** Rejects when Redis does not answer. The sender ignores its own message. */
  async announce(keys: string[]): Promise<void> {
    await this.publish({ from: this.id, keys });
  }

  /**
   * Resolves when every subscribed process has dropped these keys. Rejects when not all confirmations arrive in time.
   */
  async announceToAll(keys: string[]): Promise<void> {
    const publish = (confirm: string) => this.publish({ from: this.id, keys, confirm });
    await this.confirmations.collect(publish, CONFIRM_MS);
  }

  /** Call after Redis failed to answer: `live` is false until a PING on the subscribing connection is answered. */
  suspect(): void {
    if (!this.subscribed) return;
    this.subscribed = false;
    // Redis keeps the order of replies: every message published before this reply has arrived when it does.
    this.subscriber.ping().then(
      () => (this.subscribed = this.subscriber.status === 'ready'),
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
      this.subscribed = true;
    } catch (error) {
      this.publisher.troubles.failed(error);
      this.subscriber.disconnect(true);
    }
  }

  /** Resolves with the number of processes that Redis delivered the message to, this one included. */
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
    this.listener.invalidated(keys);
    // The sender treats a lost confirmation as a missing one.
    if (confirm) this.publisher.publish(this.confirmationsOf(from), confirm).catch(() => undefined);
  }

  private confirmationsOf(id: string): string {
    return `${this.channel}:confirmed:${id}`;
  }
}
