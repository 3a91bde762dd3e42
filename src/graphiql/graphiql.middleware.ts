import { join } from 'node:path';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../platform/config/config.js';
import { BuiltFiles, sendNotBuilt } from '../web-app/built-files.js';
import { protectPage, unprotectPage } from '../web-app/page-headers.js';
import type { PageGrants } from '../web-app/page-policy.js';

/** Path prefix of the built files (`base` in web/graphiql/vite.config.ts). */
const FILES = '/graphiql/';
const OPENED = /^\/graphql\/?$/;
/** JSON comes first, so that a client that accepts anything gets the API and not the page. */
const MEDIA_TYPES = ['application/json', 'application/graphql-response+json', 'text/html'];
const NOT_BUILT = 'GraphiQL is not built. Type: npm run build -w web\nThe API is here all the same.\n';

/**
 * Monaco, GraphiQL's editor, inserts style elements for colours and line heights, and the fonts of GraphiQL and Monaco
 * are `data:` URIs in their style sheet. Neither can run code. Workers are files and covered by 'self'.
 */
const GRANTS: PageGrants = { 'style-src': ["'unsafe-inline'"], 'font-src': ['data:'] };

/** Serves GraphiQL to browsers that open /graphql, and its files. All other requests are passed on. */
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
    if (!isFile && (!OPENED.test(pathname) || request.accepts(MEDIA_TYPES) !== 'text/html')) return next();
    if (!this.files) return isFile ? next() : sendNotBuilt(response, NOT_BUILT);
    // The same URL answers other clients with JSON.
    if (!isFile) response.vary('Accept');
    protectPage(request, response, [], GRANTS);
    this.files.send(request, response, isFile ? pathname.slice(FILES.length - 1) : '/', () => {
      unprotectPage(response);
      next();
    });
  }
}
