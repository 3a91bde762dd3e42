import { Redis, type RedisOptions } from 'ioredis';
import { refusalOf } from './redis-refusal.js';

/**
 * A subscribing connection that keeps its channels. ioredis itself subscribes again after a reconnection, but forgets the
 * channels when that is refused (a password or an access rule that changed), and nobody handles the rejection.
 */
export class LastingSubscriber extends Redis {
  private readonly wanted = { subscribe: new Set<string>(), psubscribe: new Set<string>() };

  constructor(url: string, options: RedisOptions) {
    super(url, { ...options, autoResubscribe: false });
    this.on('ready', () => this.resubscribe());
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const channels = (command.args as unknown[]).flat().map(String);
    if (command.name === 'subscribe' || command.name === 'psubscribe') {
      const wanted = this.wanted[command.name];
      channels.forEach((channel) => wanted.add(channel));
      command.promise.catch((error: Error) => this.refused(error));
    }
    if (command.name === 'unsubscribe' || command.name === 'punsubscribe') {
      const wanted = this.wanted[command.name === 'unsubscribe' ? 'subscribe' : 'psubscribe'];
      channels.forEach((channel) => wanted.delete(channel));
    }
    return super.sendCommand(command, stream);
  }

  private resubscribe(): void {
    const { subscribe, psubscribe } = this.wanted;
    // `refused` handles what these reject with.
    if (subscribe.size > 0) this.subscribe(...subscribe).catch(() => undefined);
    if (psubscribe.size > 0) this.psubscribe(...psubscribe).catch(() => undefined);
  }

  /** The next connection tries again. One that was lost has told of it already. */
  private refused(error: Error): void {
    if (!refusalOf(error)) return;
    this.emit('error', error);
    if (this.status === 'ready') this.disconnect(true);
  }
}
