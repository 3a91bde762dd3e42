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

/** What an answer that the server gave suffers on its way: see Fault. */
type Suffering = 'stall' | 'cut' | 'lose' | 'late' | 'garble';

/**
 * What happens to a request: nothing (null), an answer of that status (and body) instead of the server's, a connection
 * cut before it, an answer that never comes, one whose body stops half-way ('stall') or whose connection breaks there
 * ('cut'), one that is lost after the server did its part, one that is kept back for `lateMs`, or one of the right length
 * with a wrong byte in it.
 */
export type Fault = null | number | { status: number; body: string } | 'reset' | 'hang' | Suffering;

/** A line to an HTTP server on which requests meet faults in the order they were ordered, and are counted. */
export class FaultyLine {
  /** Added to every request, milliseconds. */
  delayMs = 0;
  /** How long a 'late' answer is kept back, milliseconds. */
  lateMs = 0;
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
    else if (typeof fault === 'number' || (fault !== null && typeof fault === 'object')) {
      request.resume();
      // Read whole first: answering earlier would be a second fault.
      await once(request, 'end').catch(() => undefined);
      const { status, body } = typeof fault === 'number' ? { status: fault, body: 'a fault' } : fault;
      response.writeHead(status, { 'Content-Type': 'text/plain' }).end(body);
    } else if (fault !== 'hang') this.forward(request, response, fault);
  }

  private forward(request: IncomingMessage, response: ServerResponse, fault?: Suffering | null): void {
    const onward = forward(`${this.target}${request.url}`, {
      method: request.method,
      // Names and values as they came: they are signed.
      headers: request.headers,
      // A connection of its own: one that the server closed meanwhile would be a fault nobody ordered.
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
