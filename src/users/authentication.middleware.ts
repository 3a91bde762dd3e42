import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { Authentication } from './authentication.js';
import type { ViewerRequest } from './viewer.js';

/** Finds out who is asking before any body is read. A token that is sent must be good; none at all is anonymous. */
@Injectable()
export class AuthenticationMiddleware implements NestMiddleware {
  constructor(private readonly authentication: Authentication) {}

  async use(request: ViewerRequest, _response: Response, next: NextFunction): Promise<void> {
    const header = request.headers.authorization;
    if (header) request.viewer = await this.authentication.viewerOf(header);
    next();
  }
}
