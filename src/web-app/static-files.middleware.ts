import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../platform/config/config.js';
import { mediaOrigins } from '../platform/config/media-origins.js';
import { BuiltFiles, sendNotBuilt } from './built-files.js';
import { protectPage, unprotectPage } from './page-headers.js';

/** Paths of other endpoints, which are passed on. */
const OTHER_ENDPOINTS = /^\/(graphql|graphiql|media|uploads|api|health|metrics|socket\.io)(\/|$)/;
const NOT_BUILT = 'The page is not built. Type: npm run build -w web\nThe API is at /graphql all the same.\n';

/** Serves the web app. A path that is no file gets index.html if the client accepts HTML, for client-side routing. */
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
    if (!isRead || OTHER_ENDPOINTS.test(pathname)) return next();
    if (!this.files) return pathname === '/' ? sendNotBuilt(response, NOT_BUILT) : next();
    protectPage(request, response, this.mediaOrigins);
    this.files.send(request, response, request.originalUrl, () => {
      // A missing file must be a 404: a page sent instead of a script would fail in confusing ways.
      if (request.accepts('html') && !/\.\w+$/.test(pathname))
        return this.files!.send(request, response, '/', next);
      unprotectPage(response);
      next();
    });
  }
}
