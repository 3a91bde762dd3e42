import { join } from 'node:path';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../platform/config/config.js';
import { BuiltFiles } from '../web-app/built-files.js';
import { protectPage } from '../web-app/page-headers.js';
import type { PageGrants } from '../web-app/page-policy.js';

/** What the build names its files by (web/graphiql/vite.config.ts). */
const FILES = '/graphiql/';
const OPENED = /^\/graphql\/?$/;
/** A client that takes whatever comes asks for an answer, not for a page: JSON stands first. */
const FORMS = ['application/json', 'application/graphql-response+json', 'text/html'];
const NOT_BUILT = 'GraphiQL is not built. Type: npm run build -w web\nThe API is here all the same.\n';

/**
 * Monaco, GraphiQL's editor, writes the colours and measures of its lines into style elements of its own, and the fonts of
 * GraphiQL and Monaco are `data:` URIs in their style sheet. Neither can run anything. Workers are files, hence 'self'.
 */
const GRANTS: PageGrants = { 'style-src': ["'unsafe-inline'"], 'font-src': ['data:'] };

/** Answers a person who opens /graphql in a browser with GraphiQL, and serves its files; all else is for others. */
@Injectable()
export class GraphiqlMiddleware implements NestMiddleware {
  private readonly files: BuiltFiles | undefined;

  constructor(private readonly config: Config) {
    this.files = BuiltFiles.in(join(config.WEB_DIST_DIR, 'graphiql'));
  }

  use(request: Request, response: Response, next: NextFunction): void {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!this.config.GRAPHIQL || !isRead) return next();
    const [pathname = ''] = request.originalUrl.split('?');
    const isFile = pathname.startsWith(FILES);
    if (!isFile && (!OPENED.test(pathname) || request.accepts(FORMS) !== 'text/html')) return next();
    if (!this.files) return isFile ? next() : notBuilt(response);
    // The same address answers programs in JSON, which is never stored.
    if (!isFile) response.vary('Accept');
    protectPage(request, response, [], GRANTS);
    this.files.send(request, response, isFile ? pathname.slice(FILES.length - 1) : '/', () => {
      response.removeHeader('Content-Security-Policy');
      response.setHeader('Cache-Control', 'no-store');
      next();
    });
  }
}

function notBuilt(response: Response): void {
  response.status(503).setHeader('Cache-Control', 'no-store').type('text/plain').send(NOT_BUILT);
}
