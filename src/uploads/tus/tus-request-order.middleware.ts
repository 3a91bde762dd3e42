import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { TusRequestOrder } from './tus-request-order.service.js';

/**
 * Runs before authentication; see TusRequestOrder. (A class of its own, because Nest creates a middleware per mount.)
 */
@Injectable()
export class TusRequestOrderMiddleware implements NestMiddleware {
  constructor(private readonly requestOrder: TusRequestOrder) {}

  use(request: Request, response: Response, next: NextFunction): void {
    this.requestOrder.waitForTurn(request, response, next);
  }
}
