import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { eventuallyPasses } from './eventually.js';
import { freePort } from './free-port.js';
import { WORKERD } from './programs.js';
import { tempDir } from './temp-dir.js';

interface Kept {
  headers: [string, string][];
  body: Buffer;
}

/**
 * The cache service that plain workerd needs: GET with `only-if-cached` is answered with CF-Cache-Status, PUT carries a
 * response in its wire format. It implements what the Cache API guarantees: whole responses are stored, ranges are cut
 * out of them, If-None-Match is answered.
 */
class CacheService {
  readonly kept = new Map<string, Kept>();
  readonly server: Server = createServer((request, response) => void this.serve(request, response));

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = `${request.headers.host}${request.url}`;
    if (request.method === 'PUT') {
      this.kept.set(name, parsed(await buffer(request)));
      response.writeHead(204).end();
      return;
    }
    const kept = this.kept.get(name);
    if (!kept) {
      response.writeHead(504, { 'CF-Cache-Status': 'MISS' }).end();
      return;
    }
    const { headers, body } = kept;
    for (const [key, value] of headers)
      if (!/^(content-length|transfer-encoding)$/i.test(key)) response.setHeader(key, value);
    response.setHeader('CF-Cache-Status', 'HIT');
    if (request.headers['if-none-match'] === response.getHeader('etag')) response.writeHead(304).end();
    else sendPart(response, body, /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? ''));
  }
}

function sendPart(response: ServerResponse, body: Buffer, range: RegExpExecArray | null): void {
  if (!range) {
    response.writeHead(200, { 'Content-Length': body.length }).end(body);
    return;
  }
  const start = Number(range[1]);
  const end = Math.min(range[2] ? Number(range[2]) : Infinity, body.length - 1);
  if (start > end) {
    response.writeHead(416, { 'Content-Range': `bytes */${body.length}` }).end();
    return;
  }
  response.writeHead(206, {
    'Content-Range': `bytes ${start}-${end}/${body.length}`,
    'Content-Length': end - start + 1,
  });
  response.end(body.subarray(start, end + 1));
}

function parsed(message: Buffer): Kept {
  const end = message.indexOf('\r\n\r\n');
  const [, ...lines] = message.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { headers, body: message.subarray(end + 4) };
}

const WORKER = "export { default } from './worker.js';";

/** deploy/cloudflare/worker in Cloudflare's own runtime, started and ended by a test. */
export class WorkerdEdge {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    private readonly cache: CacheService,
  ) {}

  /** `env`: the Worker's variables. `main`: a module that wraps worker.js and may give it bindings. */
  static async open(env: Record<string, string>, main = WORKER): Promise<WorkerdEdge> {
    const folder = tempDir('workerd');
    await copyFile('deploy/cloudflare/worker/worker.js', join(folder, 'worker.js'));
    await copyFile('deploy/edge/media-path.js', join(folder, 'media-path.js'));
    await writeFile(join(folder, 'main.js'), main);
    const cache = new CacheService();
    await once(cache.server.listen(0, '127.0.0.1'), 'listening');
    const port = await freePort();
    await writeFile(
      join(folder, 'config.capnp'),
      configOf(port, (cache.server.address() as AddressInfo).port, env),
    );
    const child = spawn(WORKERD, ['serve', join(folder, 'config.capnp')], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const edge = new WorkerdEdge(child, folder, `http://127.0.0.1:${port}`, cache);
    await eventuallyPasses(async () => expect((await fetch(edge.url)).status).toBe(404));
    return edge;
  }

  /** The keys of the cached objects. */
  get cached(): string[] {
    return [...this.cache.kept.keys()];
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
    this.cache.server.closeAllConnections();
    await once(this.cache.server.close(), 'close');
  }
}

function configOf(port: number, cachePort: number, env: Record<string, string>): string {
  const bindings = Object.entries(env).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "cache", external = (address = "127.0.0.1:${cachePort}", http = ())),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "edge")],
);
const edge :Workerd.Worker = (
  modules = [
    (name = "cloudflare/worker/main.js", esModule = embed "main.js"),
    (name = "cloudflare/worker/worker.js", esModule = embed "worker.js"),
    (name = "edge/media-path.js", esModule = embed "media-path.js"),
  ],
  bindings = [${bindings.join(', ')}],
  compatibilityDate = "2026-01-01",
  cacheApiOutbound = "cache",
);
`;
}
