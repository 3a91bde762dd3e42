import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SocketMetrics } from '../platform/metrics/socket-metrics.js';

/** Largest message a subscriber may send, bytes; the default of the server below is 100 MiB. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** What a subscriber may leave unread, bytes, while it goes on asking: its pings and refusals are answered, too. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** How long subscribers may take over saying goodbye, milliseconds. */
const GOODBYE_MS = 1_000;
/** How long a client may take over the closing handshake before its connection is cut, milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

/** As much of `ws` as we touch; the driver keeps it private and takes no options for it. */
interface SocketServer {
  options: { maxPayload: number; closeTimeout: number };
  clients: Set<ClientSocket>;
  on(event: 'connection', listener: (socket: ClientSocket) => void): void;
}

interface ClientSocket {
  readonly bufferedAmount: number;
  on(event: 'message' | 'ping', listener: () => void): void;
  terminate(): void;
}

/** Nest's driver, with limits on its sockets. */
@Injectable()
export class SubscribingDriver extends ApolloDriver {
  @Inject(ModuleRef)
  private readonly modules: ModuleRef;

  override async start(options: ApolloDriverConfig): Promise<void> {
    await super.start(options);
    const sockets = this.sockets();
    if (!sockets) return;
    sockets.options.maxPayload = MAX_PAYLOAD_BYTES;
    sockets.options.closeTimeout = CLOSE_TIMEOUT_MS;
    sockets.on('connection', dropUnlessReading);
    this.modules.get(SocketMetrics, { strict: false }).observe('graphql', () => sockets.clients.size);
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

/** News waits for its reader in a bounded queue; answers do not, so whoever asks without reading is let go. */
function dropUnlessReading(socket: ClientSocket): void {
  const check = () => {
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
  };
  socket.on('message', check);
  socket.on('ping', check);
}
