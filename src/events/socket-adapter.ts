import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter } from '@socket.io/redis-adapter';
import type { Redis } from 'ioredis';
import { LastingSubscriber } from '../platform/cache/lasting-subscriber.js';
import { RedisClient } from '../platform/cache/redis-client.service.js';
import { channelName, FAIL_FAST } from '../platform/cache/redis-connection.js';
import { ServiceUrls } from '../platform/config/service-urls.js';

/** Largest message a socket may send, bytes: an event name and an id. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Time for Socket.io's CONNECT packet after the upgrade, milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

type IoServer = ReturnType<IoAdapter['createIOServer']>;

/**
 * Socket.io on the existing HTTP server; the Redis adapter shares Socket.io rooms between processes. Events do not use
 * the adapter: the event bus brings them to every process, which emits them to its own sockets (songs.gateway.ts).
 */
export class SocketAdapter extends IoAdapter {
  private subscriber?: Redis;

  constructor(private readonly app: INestApplication) {
    super(app);
  }

  override createIOServer(...[port, options]: Parameters<IoAdapter['createIOServer']>): IoServer {
    const server = super.createIOServer(port, {
      ...options,
      // Long polling sends many requests per session, which a load balancer without sticky sessions would distribute.
      transports: ['websocket'],
      // Frontends have other origins and authenticate by a token, not a cookie (http-server.ts).
      cors: { origin: '*' },
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      connectTimeout: CONNECT_TIMEOUT_MS,
    } as typeof options);
    const { redisUrl } = this.app.get(ServiceUrls, { strict: false });
    const key = channelName(redisUrl, 'socket.io');
    server.adapter(createAdapter(this.app.get(RedisClient, { strict: false }), this.subscription(), { key }));
    return server;
  }

  override async dispose(): Promise<void> {
    this.subscriber?.disconnect();
    await super.dispose();
  }

  /** The adapter neither awaits nor catches its commands, so this connection queues them until Redis is available. */
  private subscription(): Redis {
    const { redisUrl } = this.app.get(ServiceUrls, { strict: false });
    const { troubles } = this.app.get(RedisClient, { strict: false });
    this.subscriber = new LastingSubscriber(redisUrl, {
      maxRetriesPerRequest: null,
      keepAlive: FAIL_FAST.keepAlive,
      retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    });
    this.subscriber.on('error', (error) => troubles.failed(error));
    return this.subscriber;
  }
}
