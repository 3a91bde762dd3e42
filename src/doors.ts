import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { CorsOptionsDelegate } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { Request } from 'express';
import type { AddressInfo } from 'node:net';
import { nameRequest } from './common/request-id.js';
import { SocketAdapter } from './realtime/socket-adapter.js';

/** Longer than the idle time of the usual balancers (60 s), so that they, not we, close an idle connection. */
const KEEP_ALIVE_MS = 65_000;
/** A connection on which nothing moves; slow uploads move. */
const IDLE_MS = 10 * 60_000;
const DAY_SECONDS = 86_400;

/** What must stand before the routes do. */
export function hangDoors(app: NestExpressApplication, trustProxy?: string): void {
  app.disable('x-powered-by');
  app.use(nameRequest);
  // A number of proxies, or a list of addresses. Believing everybody would let a stranger choose their own address.
  if (trustProxy) app.set('trust proxy', /^\d+$/.test(trustProxy) ? Number(trustProxy) : trustProxy);
  app.enableCors(corsFor);
  app.useWebSocketAdapter(new SocketAdapter(app));
}

/** Opens the HTTP door. */
export async function openDoors(app: NestExpressApplication, port: number, host: string): Promise<void> {
  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
  // Node ends a request after five minutes by default; an album on a slow line takes longer.
  server.requestTimeout = 0;
  server.timeout = IDLE_MS;
  await app.listen(port, host);
  const { port: opened } = server.address() as AddressInfo;
  new Logger('House').log(
    `listening on http://localhost:${opened}  (GraphQL at /graphql, health at /health)`,
  );
}

/** The tus door says itself what it understands; its answers, our refusals among them, are for every origin. */
const TUS = {
  preflightContinue: true,
  methods: ['HEAD', 'PATCH', 'DELETE', 'POST', 'OPTIONS'],
  exposedHeaders: [
    ...['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size'],
    ...['Upload-Offset', 'Upload-Length'],
  ],
};

/** Frontends live on other origins and prove who they are by a header, not a cookie. The media door answers for itself. */
const corsFor: CorsOptionsDelegate<Request> = (request, decide) => {
  if (request.path.startsWith('/media/')) return decide(null as unknown as Error, { origin: false });
  decide(null as unknown as Error, {
    origin: '*',
    allowedHeaders: [
      'authorization',
      'content-type',
      'apollo-require-preflight',
      'x-apollo-operation-name',
      'x-request-id',
    ],
    exposedHeaders: ['x-request-id'],
    maxAge: DAY_SECONDS,
    ...(request.path.startsWith('/uploads/') ? TUS : {}),
  });
};
