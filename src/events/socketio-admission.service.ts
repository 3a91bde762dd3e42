import { Injectable } from '@nestjs/common';
import type { Server, Socket } from 'socket.io';
import { DomainError } from '../platform/errors/domain-error.js';
import type { Bearer } from '../users/authorization/viewer.js';
import { SocketMetrics } from './socket-metrics.js';
import { SessionWatch, type Watched } from './session-watch.service.js';
import { closeUnlessReading } from './slow-sockets.js';
import { SocketLimits, type SocketHolder } from './socket-limits.service.js';
import { UpgradeGate } from './upgrade-gate.service.js';

/**
 * Admits Socket.io sockets within their limits; each of the Socket.io rooms that a socket joins counts as a
 * subscription.
 */
@Injectable()
export class SocketIoAdmission {
  private readonly holders = new Map<string, SocketHolder>();
  private readonly leaving = new Set<string>();

  constructor(
    private readonly sessions: SessionWatch,
    private readonly limits: SocketLimits,
    private readonly gate: UpgradeGate,
    private readonly metrics: SocketMetrics,
  ) {}

  /** Checks every socket of this server. A token is optional, but one that is sent must be valid. */
  guard(server: Server): void {
    server.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => {
          next(asConnectError(error));
          // Socket.io would keep the connection for a client that joins another namespace, of which there is none. It
          // sends the error in the next tick.
          setImmediate(() => socket.conn.close());
        },
      );
    });
    server.sockets.adapter.on('leave-room', (name: string, id: string) => this.onLeaveRoom(name, id));
    this.metrics.observe('socketio', () => server.engine.clientsCount);
  }

  /** Joins a Socket.io room, which counts as a subscription until it is left. Throws TooManySubscriptionsError. */
  async join(socket: Socket, name: string): Promise<void> {
    if (socket.rooms.has(name)) return;
    const holder = this.holders.get(socket.id);
    if (holder) this.limits.subscribe(holder);
    await socket.join(name);
  }

  private async admit(socket: Socket): Promise<void> {
    const refusal = this.gate.refusalOf(socket.request);
    if (refusal) throw refusal;
    const watched: Watched & { viewer?: Bearer } = { close: () => socket.disconnect(true) };
    const holder: SocketHolder = { address: this.gate.addressOf(socket.request), accountId: null };
    this.holders.set(socket.id, holder);
    // A socket that closes during the check emits no "disconnect"; one that disconnects may keep its connection open.
    const leave = () => this.leave(socket.id, watched, holder);
    socket.conn.once('close', leave);
    socket.once('disconnect', leave);
    socket.use((_packet, proceed) => (closeUnlessReading(socket) ? undefined : proceed()));
    await this.sessions.admit(watched, authorizationOf(socket));
    // Closed during the check: `leave` has run already.
    if (socket.conn.readyState !== 'open') return this.sessions.leave(watched);
    if (!watched.viewer) return;
    this.limits.signIn(watched.viewer.accountId);
    holder.accountId = watched.viewer.accountId;
  }

  private leave(socketId: string, watched: Watched, { accountId }: SocketHolder): void {
    if (!this.holders.has(socketId) || this.leaving.has(socketId)) return;
    this.leaving.add(socketId);
    this.sessions.leave(watched);
    if (accountId !== null) this.limits.signOut(accountId);
    // Its Socket.io rooms are left in the same turn of the event loop, before or after this.
    setImmediate(() => {
      this.holders.delete(socketId);
      this.leaving.delete(socketId);
    });
  }

  private onLeaveRoom(name: string, socketId: string): void {
    const holder = this.holders.get(socketId);
    // The Socket.io room that is named like the socket is its own and not counted.
    if (holder && name !== socketId) this.limits.unsubscribe(holder);
  }
}

/** Socket.io clients send their token as `auth: { token }`. */
function authorizationOf({ handshake }: Socket): string | undefined {
  const { token } = handshake.auth as { token?: unknown };
  if (token === undefined || token === null || token === '') return undefined;
  return `Bearer ${typeof token === 'string' ? token : ''}`;
}

/** Socket.io passes `data` to the client's `connect_error`. */
function asConnectError(error: unknown): Error {
  const named = error instanceof DomainError ? error : undefined;
  return Object.assign(new Error(named?.message ?? 'Try again later.'), {
    data: { code: named?.code ?? 'UNAVAILABLE' },
  });
}
