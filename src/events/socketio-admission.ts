import { Injectable } from '@nestjs/common';
import type { Server, Socket } from 'socket.io';
import { DomainError } from '../platform/errors/domain-error.js';
import { SocketMetrics } from '../platform/metrics/socket-metrics.js';
import type { Bearer } from '../users/authorization/viewer.js';
import { SessionWatch, type Watched } from './session-watch.js';
import { SocketLimits, type SocketHolder } from './socket-limits.js';
import { UpgradeGate } from './upgrade-gate.js';

/** Packets a socket may leave unread before it is let go; it gets the present state when it comes back. */
const MAX_UNREAD = 500;

/** Who may open a Socket.io socket, and how much it may have; the rooms it joins count as subscriptions. */
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

  /** Stands before every socket of this server. A token is not needed; one that is sent must be good. */
  guard(server: Server): void {
    server.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => {
          next(asConnectError(error));
          // Socket.io would keep the connection for a client that joins another namespace; there is none. It sends the
          // error in the next tick.
          setImmediate(() => socket.conn.close());
        },
      );
    });
    server.sockets.adapter.on('leave-room', (room: string, id: string) => this.onLeaveRoom(room, id));
    this.metrics.observe('socketio', () => server.engine.clientsCount);
  }

  /** Joins a room, counted as a subscription until it is left. Throws TooManySubscriptionsError. */
  async join(socket: Socket, room: string): Promise<void> {
    if (socket.rooms.has(room)) return;
    const holder = this.holders.get(socket.id);
    if (holder) this.limits.subscribe(holder);
    await socket.join(room);
  }

  /** Answers pile up as events do. Whether the socket was let go. */
  dropUnlessReading(socket: Socket): boolean {
    const { writeBuffer } = socket.conn as unknown as { writeBuffer: unknown[] };
    if (writeBuffer.length <= MAX_UNREAD) return false;
    socket.disconnect(true);
    return true;
  }

  private async admit(socket: Socket): Promise<void> {
    const refusal = this.gate.refusalOf(socket.request);
    if (refusal) throw refusal;
    const watched: Watched & { viewer?: Bearer } = { close: () => socket.disconnect(true) };
    const holder: SocketHolder = { address: this.gate.addressOf(socket.request), accountId: null };
    this.holders.set(socket.id, holder);
    // A socket that goes away while we ask never "disconnects"; one that does may leave its connection open.
    const leave = () => this.leave(socket.id, watched, holder);
    socket.conn.once('close', leave);
    socket.once('disconnect', leave);
    socket.use((_packet, proceed) => (this.dropUnlessReading(socket) ? undefined : proceed()));
    await this.sessions.admit(watched, authorizationOf(socket));
    // Closed while we asked: it has been let go already.
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
    // Its rooms are left in the same turn, before or after this.
    setImmediate(() => {
      this.holders.delete(socketId);
      this.leaving.delete(socketId);
    });
  }

  private onLeaveRoom(room: string, socketId: string): void {
    const holder = this.holders.get(socketId);
    // Each socket has a room of its own, by its id.
    if (holder && room !== socketId) this.limits.unsubscribe(holder);
  }
}

/** `auth: { token }`, as Socket.io's clients have it. */
function authorizationOf({ handshake }: Socket): string | undefined {
  const { token } = handshake.auth as { token?: unknown };
  if (token === undefined || token === null || token === '') return undefined;
  return `Bearer ${typeof token === 'string' ? token : ''}`;
}

/** Socket.io hands `data` to the client's `connect_error`. */
function asConnectError(error: unknown): Error {
  const named = error instanceof DomainError ? error : undefined;
  return Object.assign(new Error(named?.message ?? 'Try again later.'), {
    data: { code: named?.code ?? 'UNAVAILABLE' },
  });
}
