import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A fault in the delivery of a response that the server gave: see Fault. */
type ResponseFault = 'stall' | 'cut' | 'lose' | 'late' | 'garble';

/**
 * What happens to a request: nothing (null), a response of that status (and body) instead of the server's, a connection
 * cut before it, a response that never comes, one whose body stops half-way ('stall') or whose connection breaks there
 * ('cut'), one that is lost after the server handled the request, one that is delayed by `lateMs`, or one of the right
 * length with a wrong byte in it.
 */
export type Fault = null | number | { status: number; body: string } | 'reset' | 'hang' | ResponseFault;

/** A proxy to an HTTP server that injects faults into requests in a given order, and records the requests. */
export class FaultyConnection {
  /** Added to every request, milliseconds. */
  delayMs = 0;
  /** How long a 'late' response is delayed, milliseconds. */
  lateMs = 0;
  /** The highest number of requests with a body that were in flight at once. */
  peak = 0;
  readonly requests: { method: string; path: string }[] = [];
  private under = 0;
  private faults: Fault[] = [];
  private only = /./;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async to(target: string): Promise<FaultyConnection> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connection = new FaultyConnection(server, target);
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void connection.pass(request, response),
    );
    return connection;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Applies the faults, in this order, to the next requests whose "METHOD /path" matches. */
  inject(faults: Fault[], only = /./): void {
    this.faults = [...faults];
    this.only = only;
  }

  get pendingFaults(): number {
    return this.faults.length;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    this.requests.push({ method, path: url });
    const transfers = method === 'PUT' || method === 'POST';
    if (transfers) this.peak = Math.max(this.peak, ++this.under);
    response.once('close', () => (this.under -= transfers ? 1 : 0));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const fault = this.only.test(`${method} ${url}`) ? this.faults.shift() : undefined;
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (fault === 'reset') request.socket.resetAndDestroy();
    else if (typeof fault === 'number' || (fault !== null && typeof fault === 'object')) {
      request.resume();
      // Read the whole body first: answering earlier would be a second fault.
      await once(request, 'end').catch(() => undefined);
      const { status, body } = typeof fault === 'number' ? { status: fault, body: 'a fault' } : fault;
      response.writeHead(status, { 'Content-Type': 'text/plain' }).end(body);
    } else if (fault !== 'hang') this.forward(request, response, fault);
  }

  private forward(request: IncomingMessage, response: ServerResponse, fault?: ResponseFault | null): void {
    const onward = forward(`${this.target}${request.url}`, {
      method: request.method,
      // Header names and values stay as they came, because they are signed.
      headers: request.headers,
      // Each request gets a new connection: one that the server closed meanwhile would be an unintended fault.
      agent: false,
    });
    onward.on('error', () => !response.headersSent && request.socket.destroy());
    onward.once('response', async (answer) => {
      if (fault === 'late') await sleep(this.lateMs);
      if (fault === 'lose') {
        answer.resume();
        request.socket.resetAndDestroy();
        return;
      }
      response.writeHead(answer.statusCode as number, answer.headers);
      if (fault === 'stall') answer.once('data', (half: Buffer) => response.write(half.subarray(0, 100)));
      else if (fault === 'cut') {
        answer.once('data', (half: Buffer) =>
          response.write(half.subarray(0, 100), () => request.socket.destroy()),
        );
      } else if (fault === 'garble') answer.pipe(garbling()).pipe(response);
      else answer.pipe(response);
    });
    request.pipe(onward);
  }
}

/** Inverts every bit of the first byte. */
function garbling(): Transform {
  let begun = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passed = Buffer.from(chunk);
      if (!begun) passed[0] = ~passed[0]! & 0xff;
      begun = true;
      done(null, passed);
    },
  });
}
