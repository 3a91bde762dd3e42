import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { TusRequestQueue, uploadIdIn } from './tus-request-queue.service.js';

/** Puts a request into the queue of its upload before authentication. TusMiddleware comes after authentication. */
@Injectable()
export class TusArrivalMiddleware implements NestMiddleware {
  constructor(private readonly queue: TusRequestQueue) {}

  use(request: Request, response: Response, next: NextFunction): void {
    const uploadId = uploadIdIn(request.originalUrl);
    if (uploadId) this.queue.enter(uploadId, request, response);
    next();
  }
}
