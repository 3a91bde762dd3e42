import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloServer } from '@apollo/server';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { eventuallyPasses } from '../support/eventually.js';

interface Sockets {
  options: { maxPayload: number; closeTimeout: number };
  clients: Set<unknown>;
}

/** What src relies on inside the GraphQL and socket servers (docs/upgrading-dependencies.md). */
describe('Nest’s Apollo driver', () => {
  it('keeps the WebSocket server as `_subscriptionService.wss`, whose limits may be set later', async () => {
    let sockets!: Sockets;
    class Driver extends ApolloDriver {
      override async start(options: ApolloDriverConfig): Promise<void> {
        await super.start(options);
        sockets = (this as unknown as { _subscriptionService: { wss: Sockets } })._subscriptionService.wss;
      }
    }
    const testing = await Test.createTestingModule({
      imports: [
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: Driver,
          typeDefs: 'type Query { a: Int } type Subscription { b: Int }',
          subscriptions: { 'graphql-ws': true },
        }),
      ],
    }).compile();
    const application = testing.createNestApplication({ logger: false });
    await application.listen(0, '127.0.0.1');
    try {
      expect(sockets.options).toMatchObject({
        maxPayload: expect.any(Number),
        closeTimeout: expect.any(Number),
      });
      sockets.options.maxPayload = 100;
      const { port } = application.getHttpServer().address() as AddressInfo;
      const client = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
      await once(client, 'open');
      expect(sockets.clients.size).toBe(1);
      client.send('x'.repeat(200));
      const [code] = (await once(client, 'close')) as [number];
      // RFC 6455 7.4.1: the message is too big.
      expect(code).toBe(1009);
    } finally {
      await application.close();
    }
  });
});

describe('Apollo', () => {
  it('validates a document once, an invalid one each time, and takes status from `extensions.http`', async () => {
    const validated: string[] = [];
    const server = new ApolloServer({
      typeDefs: 'type Query { a: Int }',
      plugins: [
        {
          requestDidStart: async () => ({
            validationDidStart: async ({ source }) => void validated.push(source),
          }),
        },
      ],
    });
    await server.start();
    for (const query of ['{ a }', '{ b }', '{ a }', '{ b }']) await server.executeOperation({ query });
    expect(validated).toEqual(['{ a }', '{ b }', '{ b }']);
    await server.stop();
  });
});

describe('graphql-ws', () => {
  it('knows a subscription by its id from before `onSubscribe` until after `onComplete`', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const known: [string, boolean][] = [];
    const sockets = new WebSocketServer({ server: http });
    const serving = useServer(
      {
        schema: buildSchema('type Query { a: Int } type Subscription { b: Int }'),
        roots: { subscription: { b: async function* () {} } },
        onSubscribe: ({ subscriptions }, id) => void known.push(['onSubscribe', id in subscriptions]),
        onComplete: ({ subscriptions }, id) => {
          known.push(['onComplete', id in subscriptions]);
          setImmediate(() => known.push(['one turn later', id in subscriptions]));
        },
      },
      sockets,
    );
    const { port } = http.address() as AddressInfo;
    const client = createClient({ url: `ws://127.0.0.1:${port}`, webSocketImpl: WebSocket });
    for await (const _ of client.iterate({ query: 'subscription { b }' }));
    await sleep(20);
    expect(known).toEqual([
      ['onSubscribe', true],
      ['onComplete', true],
      ['one turn later', false],
    ]);
    await client.dispose();
    await serving.dispose();
    http.close();
  });
});

describe('Socket.io', () => {
  it('keeps the packets that a client has not taken in `conn.writeBuffer`', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const server = new SocketIoServer(http, { transports: ['websocket'] });
    const { port } = http.address() as AddressInfo;
    const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
    const [socket] = (await once(server, 'connection')) as [{ conn: object; emit(name: string): void }];
    const unread = () => (socket.conn as { writeBuffer: unknown[] }).writeBuffer.length;
    for (let i = 0; i < 20; i++) socket.emit('packet');
    expect(unread()).toBeGreaterThanOrEqual(19);
    await eventuallyPasses(async () => expect(unread()).toBe(0));
    client.close();
    await server.close();
  });
});
