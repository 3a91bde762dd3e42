import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { DrainState } from './drain-state.service.js';
import { RequestsInFlight } from './requests-in-flight.js';

/** A turn of the event loop this short had nothing to do, milliseconds. */
const QUIET_TURN_MS = 0.3;
/** How long a quiet turn is waited for, milliseconds. */
const QUIET_WAIT_MS = 500;
/**
 * How long connections are kept alive again before the port closes, so that a balancer opens no new ones, milliseconds.
 */
const KEPT_MS = 250;
/** How long a connection may take to deliver its last request after the port has closed, milliseconds. */
const LAST_REQUEST_MS = 300;

export interface DrainLimits {
  /** How long requests are still accepted after readiness has turned 503, milliseconds. */
  drainMs: number;
  /** How long requests in progress may take after that, milliseconds. */
  requestsMs: number;
}

/** Ends an HTTP server so that a balancer in front of it loses no request. */
export class ServerDrain {
  private readonly requests: RequestsInFlight;
  /** Connections accepted and requests received. */
  private arrived = 0;

  constructor(
    private readonly server: Server,
    private readonly state: DrainState,
  ) {
    this.requests = new RequestsInFlight();
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.arrived += 1;
      this.requests.track(request, response);
    });
    server.on('connection', () => (this.arrived += 1));
  }

  /** From here on readiness says 503 and answers close their connections, while every request is still answered. */
  begin(): void {
    this.state.draining = true;
    this.requests.askToLeave();
  }

  /** Resolves when no more requests arrive and those in progress are answered, or `hurry` is aborted. */
  async run({ drainMs, requestsMs }: DrainLimits, hurry: AbortSignal): Promise<void> {
    this.begin();
    if (!this.server.listening) return;
    const pause = (ms: number) =>
      sleep(drainMs > 0 ? ms : 0, undefined, { signal: hurry }).catch(() => undefined);
    await pause(drainMs);
    this.requests.letStay();
    await pause(KEPT_MS);
    await this.quietTurn(hurry);
    this.stopListening();
    this.requests.askToLeave();
    await pause(LAST_REQUEST_MS);
    await this.quietTurn(hurry);
    this.server.closeIdleConnections();
    await this.requests.finished(requestsMs, hurry);
  }

  /**
   * A balancer without its own health checks sends requests until the last moment, and does not repeat a POST whose
   * connection was reset. Closing the port resets connections that the kernel has accepted but this process has not,
   * and closing idle connections resets those with an unread request. This resolves after a turn of the event loop that
   * found neither.
   */
  private async quietTurn(hurry: AbortSignal): Promise<void> {
    const deadline = performance.now() + QUIET_WAIT_MS;
    for (let quiet = false; !quiet && !hurry.aborted && performance.now() < deadline;) {
      const { arrived } = this;
      const began = performance.now();
      await setImmediate();
      quiet = this.arrived === arrived && performance.now() - began < QUIET_TURN_MS;
    }
  }

  /** Not the HTTP server's `close`, which also ends idle connections that a balancer may be about to use. */
  private stopListening(): void {
    TcpServer.prototype.close.call(this.server);
  }
}
