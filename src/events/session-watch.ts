import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError, UnauthenticatedError } from '../platform/errors/domain-error.js';
import { Authentication } from '../users/sessions/authentication.js';
import type { CookieRequest } from '../users/sessions/web-app-cookie.js';
import { SessionCookie } from '../users/sessions/session-cookie.js';
import type { Bearer } from '../users/authorization/viewer.js';

/** A socket outlives its session by at most about this, milliseconds. */
const CHECK_MS = 10_000;

/** A socket as far as its session goes. */
export interface Watched {
  /** Who it is, set anew as roles change. */
  viewer?: Bearer;
  /** The session has ended or its account may not sign in any more. */
  close(): void;
}

/**
 * Who is behind a socket. A request is over before its session can end; a socket is not, so its session is asked
 * again as long as it is open. The answers are cached, hence cheap, and a change of role arrives the same way.
 */
@Injectable()
export class SessionWatch implements OnApplicationShutdown {
  private readonly watched = new Map<Watched, string>();
  private readonly timer = setInterval(() => void this.check(), CHECK_MS).unref();
  private checking = false;

  constructor(
    private readonly authentication: Authentication,
    private readonly cookie: SessionCookie,
  ) {}

  /**
   * Sets `socket.viewer`; without proof the socket is a stranger's, as a request would be. `authorization` is what the
   * header of a request would say. Throws UnauthenticatedError, AccountSuspendedError.
   */
  async admit(socket: Watched, authorization: unknown): Promise<void> {
    if (authorization === undefined || authorization === null || authorization === '') return;
    if (typeof authorization !== 'string') throw new UnauthenticatedError();
    socket.viewer = await this.authentication.viewerOf(authorization);
    this.watched.set(socket, authorization);
  }

  /** The same for our own page, whose cookie came with the request that opened the socket. */
  async admitPage(socket: Watched, request: CookieRequest): Promise<void> {
    const token = this.cookie.read(request);
    const viewer = token && (await this.authentication.viewerOfPage(token));
    if (!viewer) return;
    socket.viewer = viewer;
    this.watched.set(socket, `Bearer ${token}`);
  }

  leave(socket: Watched): void {
    this.watched.delete(socket);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    for (const [socket, authorization] of this.watched) await this.checkOne(socket, authorization);
    this.checking = false;
  }

  private async checkOne(socket: Watched, authorization: string): Promise<void> {
    try {
      socket.viewer = await this.authentication.viewerOf(authorization);
    } catch (error) {
      // A database that is away ends no sessions.
      if (!(error instanceof DomainError) || error.status >= 500) return;
      this.leave(socket);
      socket.close();
    }
  }
}
