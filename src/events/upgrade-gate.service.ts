import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DomainError } from '../platform/errors/domain-error.js';
import { Config } from '../platform/config/config.js';
import { addressBlock } from '../users/accounts/client-address.js';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { SocketLimits } from './socket-limits.service.js';

/** How long a refused client may take to read the response, milliseconds. */
const REFUSAL_MS = 1_000;
/** Refused Socket.io clients that get a socket at once: a browser shows them the error code only through one. */
const MAX_OPEN_REFUSALS = 20;
const OPEN_REFUSAL_MS = 3_000;
const RETRY_AFTER_SECONDS = 30;
const WARN_EVERY_MS = 60_000;
const SOCKET_IO = '/socket.io/';

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Admits or refuses every WebSocket before its handshake, for graphql-ws and Socket.io alike. A refused one costs one
 * HTTP response and does not reach either of their servers.
 */
@Injectable()
export class UpgradeGate implements OnApplicationBootstrap {
  private readonly logger = new Logger('Sockets');
  private readonly addresses = new WeakMap<IncomingMessage, string>();
  private readonly refusals = new WeakMap<IncomingMessage, DomainError>();
  private openRefusals = 0;
  private warnedAt = -Infinity;

  constructor(
    private readonly limits: SocketLimits,
    private readonly http: HttpAdapterHost,
    private readonly config: Config,
  ) {}

  /** Replaces all listeners for upgrades, which have been registered by now. */
  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    const listeners = server.listeners('upgrade') as Upgrade[];
    server.removeAllListeners('upgrade');
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!this.admits(request, socket)) return;
      for (const listener of listeners) listener.call(server, request, socket, head);
    });
  }

  /** The address block that an admitted request came from. */
  addressOf(request: IncomingMessage): string {
    return this.addresses.get(request) ?? '';
  }

  /** The error for which this Socket.io socket is refused once it is open; undefined for an admitted socket. */
  refusalOf(request: IncomingMessage): DomainError | undefined {
    return this.refusals.get(request);
  }

  private admits(request: IncomingMessage, socket: Duplex): boolean {
    if (socket.destroyed) return false;
    const address = addressBlock(this.asExpress(request).ip ?? '');
    try {
      this.limits.open(address);
    } catch (error) {
      return this.refuse(request, socket, error as DomainError);
    }
    this.addresses.set(request, address);
    socket.once('close', () => this.limits.close(address));
    return true;
  }

  /** Upgrades do not pass through Express, so its prototype adds `protocol`, `ip` and the like to the request. */
  private asExpress(request: object): ViewerRequest {
    const { request: prototype } = this.http.httpAdapter.getInstance<{ request: object }>();
    return Object.setPrototypeOf(request, prototype) as ViewerRequest;
  }

  /** Refuses the upgrade. True if the socket is opened nevertheless, so that it can carry the error code. */
  private refuse(request: IncomingMessage, socket: Duplex, error: DomainError): boolean {
    this.warn(request, error);
    if (request.url?.startsWith(SOCKET_IO) && this.openRefusals < MAX_OPEN_REFUSALS) {
      this.openRefusals += 1;
      this.refusals.set(request, error);
      const timer = setTimeout(() => socket.destroy(), OPEN_REFUSAL_MS);
      socket.once('close', () => {
        this.openRefusals -= 1;
        clearTimeout(timer);
      });
      return true;
    }
    answer(socket, error);
    return false;
  }

  private warn({ headers }: IncomingMessage, error: DomainError): void {
    if (Date.now() - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = Date.now();
    const hint =
      headers['x-forwarded-for'] && !this.config.TRUST_PROXY
        ? ' It came through a proxy: unless TRUST_PROXY names it, everybody behind it counts as one address.'
        : '';
    this.logger.warn(`sockets are refused: ${error.message}${hint}`);
  }
}

function answer(socket: Duplex, { status, code, message }: DomainError): void {
  const body = JSON.stringify({ code, message });
  const timer = setTimeout(() => socket.destroy(), REFUSAL_MS);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `Retry-After: ${RETRY_AFTER_SECONDS}`,
      'Cache-Control: no-store',
      '',
      body,
    ].join('\r\n'),
  );
}
