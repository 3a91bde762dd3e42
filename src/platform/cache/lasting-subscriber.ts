import { Redis, type RedisOptions } from 'ioredis';
import { refusalOf } from './redis-refusal.js';

/**
 * A subscribing connection that keeps its channels. ioredis itself subscribes again after a reconnection, but forgets
 * the channels when Redis refuses that (a password or an access rule was changed), and the rejection is unhandled. Here
 * `subscribe` stays pending until Redis permits it.
 */
export class LastingSubscriber extends Redis {
  private readonly wanted = { subscribe: new Set<string>(), psubscribe: new Set<string>() };
  private repeating = false;

  constructor(url: string, options: RedisOptions) {
    super(url, { ...options, autoResubscribe: false });
    this.on('ready', () => this.resubscribe());
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const { name } = command;
    const channels = (command.args as unknown[]).flat().map(String);
    if (name === 'unsubscribe') channels.forEach((channel) => this.wanted.subscribe.delete(channel));
    if (name === 'punsubscribe') channels.forEach((channel) => this.wanted.psubscribe.delete(channel));
    const sent = super.sendCommand(command, stream);
    if (name !== 'subscribe' && name !== 'psubscribe') return sent;
    channels.forEach((channel) => this.wanted[name].add(channel));
    const { repeating } = this;
    return command.promise.catch((error: Error) => this.refused(error, repeating));
  }

  private resubscribe(): void {
    const { subscribe, psubscribe } = this.wanted;
    this.repeating = true;
    const sent = [
      subscribe.size > 0 && this.subscribe(...subscribe),
      psubscribe.size > 0 && this.psubscribe(...psubscribe),
    ];
    this.repeating = false;
    // If the connection is lost meanwhile, the next 'ready' runs this again.
    Promise.all(sent).then(
      () => this.emit('subscribed'),
      () => undefined,
    );
  }

  /**
   * Reconnects after a refusal, so that the next connection tries again. Other errors were reported by the connection.
   */
  private async refused(error: Error, repeating: boolean): Promise<unknown> {
    if (!refusalOf(error)) throw error;
    this.emit('error', error);
    if (this.status === 'ready') this.disconnect(true);
    if (repeating) throw error;
    return new Promise((resolve) => this.once('subscribed', resolve));
  }
}
