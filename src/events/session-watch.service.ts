import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError, UnauthenticatedError } from '../platform/errors/domain-error.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { Authentication } from '../users/sessions/authentication.service.js';
import type { CookieRequest } from '../users/sessions/web-app-cookie.js';
import { SessionCookie } from '../users/sessions/session-cookie.service.js';
import type { Bearer } from '../users/authorization/viewer.js';

/** How often sessions are checked; a socket outlives its session by at most about this, milliseconds. */
const CHECK_MS = 10_000;

/** A socket whose session is checked. */
export interface Watched {
  /** The account behind the socket; set again when its role changes. */
  viewer?: Bearer;
  /** Called when the session has ended or its account may no longer sign in. */
  close(): void;
}

/**
 * Checks the sessions behind open sockets. A request is over before its session can end, but a socket is not, so its
 * session is checked again while it is open. Results are cached, hence cheap; changes of role are noticed the same way.
 */
@Injectable()
export class SessionWatch implements OnApplicationShutdown {
  private readonly watched = new Map<Watched, string>();
  private readonly task = new PeriodicTask({
    work: (signal) => this.checkAll(signal),
    pauseMs: CHECK_MS,
    onFailure: (e) => new Logger(SessionWatch.name).warn(`sessions were not checked: ${e.message}`),
  });

  constructor(
    private readonly authentication: Authentication,
    private readonly cookie: SessionCookie,
  ) {
    this.task.start();
  }

  /**
   * Sets `socket.viewer`; without `authorization` the socket is anonymous, like a request. `authorization` has the
   * form of the HTTP header. Throws UnauthenticatedError, AccountSuspendedError.
   */
  async admit(socket: Watched, authorization: unknown): Promise<void> {
    if (authorization === undefined || authorization === null || authorization === '') return;
    if (typeof authorization !== 'string') throw new UnauthenticatedError();
    socket.viewer = await this.authentication.viewerOf(authorization);
    this.watched.set(socket, authorization);
  }

  /** Like `admit` for the web app, whose cookie came with the request that opened the socket. */
  async admitPage(socket: Watched, request: CookieRequest): Promise<void> {
    const token = this.cookie.read(request);
    const viewer = token && (await this.authentication.viewerOfCookie(token));
    if (!viewer) return;
    socket.viewer = viewer;
    this.watched.set(socket, `Bearer ${token}`);
  }

  leave(socket: Watched): void {
    this.watched.delete(socket);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async checkAll(signal: AbortSignal): Promise<void> {
    for (const [socket, authorization] of this.watched) {
      if (signal.aborted) return;
      await this.checkOne(socket, authorization);
    }
  }

  private async checkOne(socket: Watched, authorization: string): Promise<void> {
    try {
      socket.viewer = await this.authentication.viewerOf(authorization);
    } catch (error) {
      // An unavailable database does not end sessions.
      if (!(error instanceof DomainError) || error.status >= 500) return;
      this.leave(socket);
      socket.close();
    }
  }
}
