import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { DrainState } from './drain-state.js';
import { RequestsInFlight } from './requests-in-flight.js';

/** A turn of the event loop as short as this had nothing to do, milliseconds. */
const QUIET_TURN_MS = 0.3;
/** How long a quiet turn is waited for, milliseconds. */
const QUIET_WAIT_MS = 500;
/** How long a connection accepted last may take to bring its request, milliseconds. */
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
  private accepted = 0;

  constructor(
    private readonly server: Server,
    private readonly state: DrainState,
  ) {
    this.requests = new RequestsInFlight(state);
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.requests.track(request, response),
    );
    server.on('connection', () => (this.accepted += 1));
  }

  /** Readiness says 503 and connections are asked to leave from here on, while everything is still answered. */
  begin(): void {
    this.state.draining = true;
    this.requests.askAllToLeave();
  }

  /** Resolves when no more requests come and those under way are answered, or `hurry` is aborted. */
  async run({ drainMs, requestsMs }: DrainLimits, hurry: AbortSignal): Promise<void> {
    this.begin();
    if (!this.server.listening) return;
    await sleep(drainMs, undefined, { signal: hurry }).catch(() => undefined);
    await this.stopListening(hurry);
    if (drainMs > 0) await sleep(LAST_REQUEST_MS, undefined, { signal: hurry }).catch(() => undefined);
    this.server.closeIdleConnections();
    await this.requests.finished(requestsMs, hurry);
  }

  /**
   * A balancer without health checks of its own sends requests to the last moment. A connection that the kernel has
   * accepted and we have not is reset by closing, and a POST on it is not repeated elsewhere; so the listener is closed
   * in a turn of the event loop that had none to accept.
   */
  private async stopListening(hurry: AbortSignal): Promise<void> {
    const deadline = performance.now() + QUIET_WAIT_MS;
    for (let quiet = false; !quiet && !hurry.aborted && performance.now() < deadline;) {
      const { accepted } = this;
      const began = performance.now();
      await setImmediate();
      quiet = this.accepted === accepted && performance.now() - began < QUIET_TURN_MS;
    }
    // An HTTP server closes its idle connections first, and accepts nothing for as long as that takes; a balancer may also be
    // about to use one of them.
    TcpServer.prototype.close.call(this.server);
  }
}
