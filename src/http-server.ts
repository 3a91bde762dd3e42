import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { CorsOptionsDelegate } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { Request } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nameRequest } from './platform/logging/request-id.js';
import { answerClientErrors } from './platform/http/client-errors.js';
import { JSON_BODIES, refuseUnpairedSurrogates } from './platform/http/json-bodies.js';
import { hearOut } from './platform/http/lingering.js';
import { refuseMalformed } from './platform/http/malformed-request.js';
import { SocketAdapter } from './events/socket-adapter.js';

/** Longer than the idle time of the usual balancers (60 s), so that they, not we, close an idle connection. */
const KEEP_ALIVE_MS = 65_000;
/** A connection without any data for this long is closed; slow uploads do transfer data. */
const IDLE_MS = 10 * 60_000;
const DAY_SECONDS = 86_400;

/** Registers the middleware that must come before the routes. */
export function configureHttp(app: NestExpressApplication, trustProxy?: string): void {
  app.disable('x-powered-by');
  app.use(nameRequest);
  // A number of proxies, or a list of addresses. Trusting every proxy would let clients forge their addresses.
  if (trustProxy) app.set('trust proxy', /^\d+$/.test(trustProxy) ? Number(trustProxy) : trustProxy);
  app.enableCors(corsFor);
  app.use(refuseMalformed);
  // Nest's type reserves `verify` for its own raw bodies, which are not used here.
  app.useBodyParser('json', JSON_BODIES as object);
  app.use(refuseUnpairedSurrogates);
  app.useWebSocketAdapter(new SocketAdapter(app));
}

/** Opens the HTTP port. */
export async function listen(app: NestExpressApplication, port: number, host: string): Promise<void> {
  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
  // Node ends a request after five minutes by default; an upload over a slow connection takes longer.
  server.requestTimeout = 0;
  server.timeout = IDLE_MS;
  answerClientErrors(server);
  // Before the application and Socket.io, so that it applies to the answers of both.
  server.prependListener('request', prepareAnswer);
  await app.listen(port, host);
  const { port: opened } = server.address() as AddressInfo;
  new Logger('Server').log(
    `listening on http://localhost:${opened}  (GraphQL at /graphql, health at /health)`,
  );
}

function prepareAnswer(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  hearOut(request, response);
}

/** The tus endpoint answers OPTIONS itself; its answers, including errors, are readable from every origin. */
const TUS = {
  preflightContinue: true,
  methods: ['HEAD', 'PATCH', 'DELETE', 'POST', 'OPTIONS'],
  exposedHeaders: [
    'Tus-Resumable',
    'Tus-Version',
    'Tus-Extension',
    'Tus-Max-Size',
    'Upload-Offset',
    'Upload-Length',
  ],
};

/**
 * Frontends are on other origins and authenticate with a header, not a cookie. The media endpoint has its own rules.
 */
const corsFor: CorsOptionsDelegate<Request> = (request, decide) => {
  if (request.path.startsWith('/media/')) return decide(null, { origin: false });
  decide(null, {
    origin: '*',
    // No list of request headers: `cors` then allows all requested ones. Cookies from other origins are not accepted,
    // so a list would not protect anything, and tracing tools, clients and proxies send headers of their own.
    exposedHeaders: ['x-request-id'],
    maxAge: DAY_SECONDS,
    ...(request.path.startsWith('/uploads/') ? TUS : {}),
  });
};
