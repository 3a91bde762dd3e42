import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../platform/config/config.js';
import { mediaOrigins } from '../platform/config/media-origins.js';
import { BuiltFiles } from './built-files.js';
import { protectPage } from './page-headers.js';

/** Other doors of the house; the page has no say there. */
const ELSEWHERE = /^\/(graphql|graphiql|media|uploads|api|health|metrics|socket\.io)(\/|$)/;
const NOT_BUILT = 'The page is not built. Type: npm run build -w web\nThe API is at /graphql all the same.\n';

/** Serves the page. What is no file of it is an address inside it, as long as a person asks for a page. */
@Injectable()
export class StaticFilesMiddleware implements NestMiddleware {
  private readonly files: BuiltFiles | undefined;
  private readonly mediaOrigins: string[];

  constructor(config: Config) {
    this.mediaOrigins = mediaOrigins(config);
    this.files = BuiltFiles.in(config.WEB_DIST_DIR);
  }

  use(request: Request, response: Response, next: NextFunction): void {
    const [pathname = '/'] = request.originalUrl.split('?');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || ELSEWHERE.test(pathname)) return next();
    if (!this.files) return pathname === '/' ? notBuilt(response) : next();
    protectPage(request, response, this.mediaOrigins);
    this.files.send(request, response, request.originalUrl, () => {
      // A file that is missing is missing: answering a script's address with the page would break it in a strange way.
      if (!request.accepts('html') || /\.\w+$/.test(pathname)) return this.giveUp(response, next);
      this.files!.send(request, response, '/', next);
    });
  }

  private giveUp(response: Response, next: NextFunction): void {
    response.removeHeader('Content-Security-Policy');
    response.setHeader('Cache-Control', 'no-store');
    next();
  }
}

function notBuilt(response: Response): void {
  response.status(503).setHeader('Cache-Control', 'no-store').type('text/plain').send(NOT_BUILT);
}
