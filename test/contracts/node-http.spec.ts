import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, Server as TcpServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { ExpressAdapter } from '@nestjs/platform-express';

/** What src relies on inside Node's HTTP server (docs/upgrading-dependencies.md). */
describe('Node’s HTTP server', () => {
  let server: Server;
  let sockets: Socket[];

  beforeEach(async () => {
    sockets = [];
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    sockets.forEach((socket) => socket.destroy());
    server.closeAllConnections();
    server.close();
  });

  /** A connection that has sent `text`; `received` collects what comes back. */
  async function opened(text: string): Promise<{ socket: Socket; received: () => string }> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    let received = '';
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => (received += chunk.toString()));
    await once(socket, 'connect');
    socket.write(text);
    return { socket, received: () => received };
  }

  it('keeps the answer in progress on its socket as `_httpMessage`', async () => {
    const answering: unknown[] = [];
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const isAnswering = () => {
        const { _httpMessage } = request.socket as Socket & { _httpMessage?: { headersSent: boolean } };
        answering.push(Boolean(_httpMessage?.headersSent));
      };
      isAnswering();
      response.write('part');
      isAnswering();
      response.end(() => void turn().then(isAnswering));
    });
    await opened('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await sleep(50);
    expect(answering).toEqual([false, true, false]);
  });

  it('reads `requireHostHeader` with each request', async () => {
    server.on('request', (_request, response: ServerResponse) => response.end('ours'));
    Object.assign(server, { requireHostHeader: false });
    const { received } = await opened('GET / HTTP/1.1\r\n\r\n');
    await sleep(50);
    expect(received()).toMatch(/^HTTP\/1.1 200 .*ours/s);
  });

  it('stops listening by the close of the TCP server, and leaves idle connections open', async () => {
    server.on('request', (_request, response: ServerResponse) => response.end('answer'));
    const { socket, received } = await opened('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await sleep(50);
    const { port } = server.address() as AddressInfo;
    TcpServer.prototype.close.call(server);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await sleep(50);
    expect(received().match(/answer/g)).toHaveLength(2);
    const late = connect(port, '127.0.0.1');
    const [refusal] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(refusal.code).toBe('ECONNREFUSED');
  });

  it('closes a connection by `destroySoon`, after listeners put before its own for "finish"', async () => {
    const order: string[] = [];
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      response.prependOnceListener('finish', () => {
        order.push('our listener');
        const destroySoon = socket.destroySoon.bind(socket);
        socket.destroySoon = () => {
          order.push('destroySoon');
          destroySoon();
        };
      });
      response.end('no');
    });
    await opened('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100\r\n\r\npart');
    await sleep(50);
    expect(order).toEqual(['our listener', 'destroySoon']);
  });

  it('lets an upgrade take Express’ prototype, and objects derived from it, too', async () => {
    const application = new ExpressAdapter().getInstance();
    application.set('trust proxy', 'loopback');
    const seen: unknown[] = [];
    server.on('upgrade', (request: IncomingMessage) => {
      const express = Object.setPrototypeOf(request, application.request) as { ip: string; protocol: string };
      const derived = Object.create(express, { viewer: { value: 'somebody' } }) as typeof express;
      seen.push(express.ip, express.protocol, derived.protocol);
    });
    await opened(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n',
    );
    await sleep(50);
    expect(seen).toEqual(['203.0.113.9', 'https', 'https']);
  });
});

describe('the compiler’s classes', () => {
  it('set the parameters of a constructor before they initialise fields', async () => {
    class Reader {
      readonly names = this.rows.map(({ name }) => name);

      constructor(private readonly rows: { name: string }[]) {}
    }
    expect(new Reader([{ name: 'a' }]).names).toEqual(['a']);
    expect(await readFile('tsconfig.json', 'utf8')).toContain('"useDefineForClassFields": false');
  });
});
