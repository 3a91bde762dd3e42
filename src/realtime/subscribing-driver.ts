import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable } from '@nestjs/common';

/** Largest message a subscriber may send, bytes; the default of the server below is 100 MiB. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** How long subscribers may take over saying goodbye, milliseconds. */
const GOODBYE_MS = 1_000;

/** As much of `ws` as we touch; the driver keeps it private and takes no options for it. */
interface SocketServer {
  options: { maxPayload: number };
  clients: Set<{ terminate(): void }>;
}

/** Nest's driver, with limits on its sockets. */
@Injectable()
export class SubscribingDriver extends ApolloDriver {
  override async start(options: ApolloDriverConfig): Promise<void> {
    await super.start(options);
    const sockets = this.sockets();
    if (sockets) sockets.options.maxPayload = MAX_PAYLOAD_BYTES;
  }

  override async stop(): Promise<void> {
    const timer = setTimeout(
      () => this.sockets()?.clients.forEach((client) => client.terminate()),
      GOODBYE_MS,
    );
    await super.stop();
    clearTimeout(timer);
  }

  private sockets(): SocketServer | undefined {
    return (this as unknown as { _subscriptionService?: { wss: SocketServer } })._subscriptionService?.wss;
  }
}
