import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { RequestMetrics } from './request-metrics.js';

/** Times every request that a route answers; GraphQL has a histogram of its own. */
@Injectable()
export class RestTiming implements NestMiddleware {
  constructor(private readonly metrics: RequestMetrics) {}

  use(request: Request, response: Response, next: NextFunction): void {
    const began = performance.now();
    response.once('close', () => {
      const route = routePattern(request);
      if (route === undefined) return;
      const { method } = request;
      this.metrics.restAnswered(
        { method, route, status: response.statusCode },
        (performance.now() - began) / 1000,
      );
    });
    next();
  }
}

/** Undefined for GraphQL. All requests without a route share one label, because clients can invent any path. */
function routePattern(request: Request): string | undefined {
  if (/^\/graphql(?:$|[/?])/.test(request.originalUrl)) return undefined;
  const pattern: unknown = request.route?.path;
  return typeof pattern === 'string' && !/^\/?\{?\*\w*\}?$/.test(pattern) ? pattern : 'unmatched';
}
