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

/**
 * What happens to a request: an answer of that status instead of the server's, a connection cut before it, an answer
 * that never comes, one whose body stops half-way, one that is lost after the server did its part, or one of the right
 * length with a wrong byte in it.
 */
export type Fault = number | 'reset' | 'hang' | 'stall' | 'lose' | 'garble';

/** A line to an HTTP server on which requests meet faults in the order they were ordered, and are counted. */
export class FaultyLine {
  /** Added to every request, milliseconds. */
  delayMs = 0;
  /** Most requests with a body under way at once. */
  peak = 0;
  readonly requests: { method: string; path: string }[] = [];
  private under = 0;
  private faults: Fault[] = [];
  private only = /./;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async to(target: string): Promise<FaultyLine> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const line = new FaultyLine(server, target);
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void line.pass(request, response),
    );
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** For the next requests whose "METHOD /path" matches. */
  order(faults: Fault[], only = /./): void {
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
    else if (typeof fault === 'number') {
      request.resume();
      // Read whole first: answering earlier would be a second fault.
      await once(request, 'end').catch(() => undefined);
      response.writeHead(fault, { 'Content-Type': 'text/plain' }).end('a fault');
    } else if (fault !== 'hang') this.forward(request, response, fault);
  }

  private forward(
    request: IncomingMessage,
    response: ServerResponse,
    fault?: 'stall' | 'lose' | 'garble',
  ): void {
    const onward = forward(`${this.target}${request.url}`, {
      method: request.method,
      // Names and values as they came: they are signed.
      headers: request.headers,
      // A connection of its own: one that the server closed meanwhile would be a fault nobody ordered.
      agent: false,
    });
    onward.on('error', () => !response.headersSent && request.socket.destroy());
    onward.once('response', (answer) => {
      if (fault === 'lose') {
        answer.resume();
        request.socket.resetAndDestroy();
        return;
      }
      response.writeHead(answer.statusCode as number, answer.headers);
      if (fault === 'stall') answer.once('data', (half: Buffer) => response.write(half.subarray(0, 100)));
      else if (fault === 'garble') answer.pipe(garbling()).pipe(response);
      else answer.pipe(response);
    });
    request.pipe(onward);
  }
}

/** Turns over every bit of the first byte. */
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
