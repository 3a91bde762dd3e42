import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { SessionsService } from './sessions.service.js';
import type { ViewerRequest } from './viewer.js';

const BEARER = /^Bearer ([\w-]{1,200})$/;

/** Finds out who is asking before any body is read. A token that is sent must be good; none at all is anonymous. */
@Injectable()
export class AuthenticationMiddleware implements NestMiddleware {
  constructor(private readonly sessions: SessionsService) {}

  async use(request: ViewerRequest, _response: Response, next: NextFunction): Promise<void> {
    const header = request.headers.authorization;
    if (header) request.viewer = await this.sessions.viewer(BEARER.exec(header)?.[1] ?? '');
    next();
  }
}
