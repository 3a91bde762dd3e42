import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Faults of an edge. A browser selects one by its User-Agent, so that a test can look at several at once. */
export const MISCONFIGURATIONS = {
  missing: (_asked: IncomingMessage, answer: ServerResponse) => answer.writeHead(404, ANYBODY).end(),
  refusing: (_asked: IncomingMessage, answer: ServerResponse) => answer.writeHead(403, ANYBODY).end(),
  troubled: (_asked: IncomingMessage, answer: ServerResponse) => answer.writeHead(503, ANYBODY).end('busy'),
  silent: () => undefined,
  /** Starts a response and never continues it. */
  stuck: (_asked: IncomingMessage, answer: ServerResponse) =>
    answer.writeHead(200, { ...ANYBODY, 'content-length': '100000' }).flushHeaders(),
  broken: (asked: IncomingMessage) => asked.socket.destroy(),
  garbage: (_asked: IncomingMessage, answer: ServerResponse) =>
    answer.writeHead(200, { ...ANYBODY, 'content-type': 'text/html' }).end('<h1>Parked</h1>'),
  /** A correct response without CORS headers. */
  unreadable: (_asked: IncomingMessage, answer: ServerResponse) =>
    answer.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end('#EXTM3U\n'),
} as const;
export type Misconfiguration = keyof typeof MISCONFIGURATIONS;

const ANYBODY = { 'access-control-allow-origin': '*' };
const IS_PLAYLIST = /\.m3u8$/;

/** A proxy before an edge that passes all requests on, except those of a browser whose User-Agent has `mood/<name>`. */
export class MisconfiguredEdge {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** `edge()`: the URL of the edge behind it. */
  static async open(edge: () => string): Promise<MisconfiguredEdge> {
    const server = createServer((asked, answer) => {
      const [, mood, onlyFiles] = /mood\/(\w+)(-files)?/.exec(asked.headers['user-agent'] ?? '') ?? [];
      if (mood && !(onlyFiles && IS_PLAYLIST.test(asked.url!)))
        return MISCONFIGURATIONS[mood as Misconfiguration](asked, answer);
      const passed = request(
        edge() + asked.url!,
        { headers: asked.headers, method: asked.method },
        (found) => {
          answer.writeHead(found.statusCode!, found.headers);
          found.pipe(answer);
        },
      );
      passed.on('error', () => answer.destroy());
      asked.pipe(passed);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new MisconfiguredEdge(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
