import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { DrainState } from './drain-state.js';
import { RequestsInFlight } from './requests-in-flight.js';

/** A turn of the event loop as short as this had nothing to do, milliseconds. */
const QUIET_TURN_MS = 0.3;
/** How long a quiet turn is waited for, milliseconds. */
const QUIET_WAIT_MS = 500;
/** How long connections are kept again before the port closes, so that a balancer opens no new ones, milliseconds. */
const KEPT_MS = 250;
/** How long a connection may take, after the port has closed, to bring its last request, milliseconds. */
const LAST_REQUEST_MS = 300;

export interface DrainLimits {
  /** How long requests are still taken after readiness has turned 503, milliseconds. */
  drainMs: number;
  /** How long those under way may take after that, milliseconds. */
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

  /** Readiness says 503 and connections are asked to leave from here on, while everything is still answered. */
  begin(): void {
    this.state.draining = true;
    this.requests.askToLeave();
  }

  /** Resolves when no more requests come and those under way are answered, or `hurry` is aborted. */
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
   * A balancer without health checks of its own sends requests to the last moment, and does not repeat a POST elsewhere
   * whose connection was reset. A connection that the kernel has accepted and this process has not is reset when the port
   * closes, and so is a kept one whose request was not read yet when it is closed as idle. This resolves after a turn of
   * the event loop that found neither.
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

  /** An HTTP server's own `close` ends idle connections first, of which a balancer may be about to use one. */
  private stopListening(): void {
    TcpServer.prototype.close.call(this.server);
  }
}
