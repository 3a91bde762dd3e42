import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { Authentication } from './authentication.js';
import { SessionCookie } from './session-cookie.js';
import type { ViewerRequest } from '../authorization/viewer.js';

/**
 * Finds out who is asking before any body is read. A token that is sent must be good; none at all is anonymous, and so
 * is a page whose cookie has outlived its session, for it has to be able to sign in again.
 */
@Injectable()
export class AuthenticationMiddleware implements NestMiddleware {
  constructor(
    private readonly authentication: Authentication,
    private readonly cookie: SessionCookie,
  ) {}

  async use(request: ViewerRequest, _response: Response, next: NextFunction): Promise<void> {
    const header = request.headers.authorization;
    const token = header ? undefined : this.cookie.read(request);
    if (header) request.viewer = await this.authentication.viewerOf(header);
    else if (token) request.viewer = await this.authentication.viewerOfPage(token);
    next();
  }
}
