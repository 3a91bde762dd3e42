import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { DomainError } from '../common/domain-error.js';
import { sendDomainError } from '../common/domain-error.filter.js';
import { Authentication } from './authentication.js';
import type { ViewerRequest } from './viewer.js';

/** Finds out who is asking before any body is read. A token that is sent must be good; none at all is anonymous. */
@Injectable()
export class AuthenticationMiddleware implements NestMiddleware {
  constructor(private readonly authentication: Authentication) {}

  async use(request: ViewerRequest, response: Response, next: NextFunction): Promise<void> {
    const header = request.headers.authorization;
    if (!header) return next();
    try {
      request.viewer = await this.authentication.viewerOf(header);
      next();
    } catch (error) {
      if (error instanceof DomainError) sendDomainErrorTo(request, response, error);
      else next(error);
    }
  }
}

/** A GraphQL client reads `errors`, a REST client `code`; before the drivers we tell them apart by path. */
export function sendDomainErrorTo(request: ViewerRequest, response: Response, error: DomainError): void {
  if (!request.originalUrl.startsWith('/graphql')) return sendDomainError(response, error);
  response
    .status(error.status)
    .set('Cache-Control', 'no-store')
    .json({ errors: [{ message: error.message, extensions: { code: error.code, ...error.details } }] });
}
