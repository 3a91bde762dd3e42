import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { ResumableArrivals } from './tus-request-order.js';

/** Stands before the question who is asking: see ResumableArrivals. (Nest makes a middleware of its own per mount.) */
@Injectable()
export class ResumableArrivalsMiddleware implements NestMiddleware {
  constructor(private readonly arrivals: ResumableArrivals) {}

  use(request: Request, response: Response, next: NextFunction): void {
    this.arrivals.line(request, response, next);
  }
}
