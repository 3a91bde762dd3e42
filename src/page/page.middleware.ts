import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import sirv from 'sirv';
import { Config } from '../config/config.js';
import { mediaOrigins } from '../config/media-origins.js';
import { pagePolicy } from './page-policy.js';

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i;
/** Other doors of the house; the page has no say there. */
const ELSEWHERE = /^\/(graphql|media|uploads|api|health|metrics|socket\.io)(\/|$)/;
const HASHED = /^\/assets\//;
const YEAR_SECONDS = 31_536_000;
const NOT_BUILT = 'The page is not built. Type: npm run build -w web\nThe API is at /graphql all the same.\n';

/** Serves the page. What is no file of it is an address inside it, as long as a person asks for a page. */
@Injectable()
export class PageMiddleware implements NestMiddleware {
  private readonly files: ReturnType<typeof sirv> | undefined;
  private readonly mediaOrigins: string[];

  constructor(config: Config) {
    const folder = config.PAGE_DIR;
    this.mediaOrigins = mediaOrigins(config);
    if (!existsSync(join(folder, 'index.html'))) return;
    this.files = sirv(folder, {
      gzip: true,
      brotli: true,
      etag: true,
      setHeaders: (response, path) => dress(response, path),
    });
  }

  use(request: Request, response: Response, next: NextFunction): void {
    const [pathname = '/'] = request.originalUrl.split('?');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || ELSEWHERE.test(pathname)) return next();
    if (!this.files) return pathname === '/' ? notBuilt(response) : next();
    this.protect(request, response);
    this.send(request, response, request.originalUrl, () => {
      // A file that is missing is missing: answering a script's address with the page would break it in a strange way.
      if (!request.accepts('html') || /\.\w+$/.test(pathname)) return this.giveUp(response, next);
      this.send(request, response, '/', next);
    });
  }

  /** Nest mounts its middleware, which leaves `url` relative to the mount; sirv reads it. */
  private send(request: Request, response: Response, url: string, otherwise: () => void): void {
    const mounted = request.url;
    request.url = url;
    this.files!(request, response, () => {
      request.url = mounted;
      otherwise();
    });
  }

  private protect({ headers }: Request, response: Response): void {
    const host = HOST.test(headers.host ?? '') ? headers.host : undefined;
    response.setHeader('Content-Security-Policy', pagePolicy({ host, media: this.mediaOrigins }));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
  }

  private giveUp(response: Response, next: NextFunction): void {
    response.removeHeader('Content-Security-Policy');
    response.setHeader('Cache-Control', 'no-store');
    next();
  }
}

/** Names with a hash never change; the page itself is asked for anew each time, by its ETag. */
function dress(
  response: Parameters<NonNullable<Parameters<typeof sirv>[1]>['setHeaders'] & object>[0],
  path: string,
): void {
  response.setHeader(
    'Cache-Control',
    HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
  );
}

function notBuilt(response: Response): void {
  response.status(503).setHeader('Cache-Control', 'no-store').type('text/plain').send(NOT_BUILT);
}
