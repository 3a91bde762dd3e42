import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { Authentication } from './authentication.service.js';
import { SessionCookie } from './session-cookie.service.js';
import type { ViewerRequest } from '../authorization/viewer.js';

/**
 * Determines the viewer before the body is read. A token in a header must be valid. A request without a token is
 * anonymous, and so is one with the cookie of an ended session, because the web app must be able to sign in again.
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
    else if (token) request.viewer = await this.authentication.viewerOfCookie(token);
    next();
  }
}
