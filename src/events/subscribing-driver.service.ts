import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SocketMetrics } from './socket-metrics.js';

/** Largest message a subscriber may send, bytes; the default of the server below is 100 MiB. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
/**
 * Unread bytes at which a subscriber that keeps sending is dropped: its pings and refused requests are answered, too.
 */
const MAX_UNREAD_BYTES = 256 * 1024;
/** How long subscribers may take to close at shutdown, milliseconds. */
const GOODBYE_MS = 1_000;
/** How long a client may take over the closing handshake before its connection is cut, milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The part of `ws` used here; the driver keeps the server private and accepts no options for it. */
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

/** Events wait in a bounded buffer, but replies do not, so a client that sends requests without reading is dropped. */
function dropUnlessReading(socket: ClientSocket): void {
  const check = () => {
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
  };
  socket.on('message', check);
  socket.on('ping', check);
}
