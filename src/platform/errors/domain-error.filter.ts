import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { GqlContextType } from '@nestjs/graphql';
import type { Request, Response } from 'express';
import type { DomainError } from './domain-error.js';
import { toDomainError } from './to-domain-error.js';

/** Translates what was thrown once, at the door it leaves by: an HTTP status, or for GraphQL what formatGraphQLError does. */
@Catch()
export class DomainErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): unknown {
    // Returned, not thrown: Nest would log the expected ones, and the others a second time.
    if (host.getType<GqlContextType>() === 'graphql') return error;
    const named = toDomainError(error);
    if (!named) return super.catch(error, host);
    const http = host.switchToHttp();
    sendDomainError(http.getRequest<Request>(), http.getResponse<Response>(), named);
  }
}

/**
 * For doors outside Nest's reach, too (Express middleware). A GraphQL client reads `errors`, a REST client `code`:
 * before the drivers the path tells them apart. An error is never cached.
 */
export function sendDomainError(request: Request, response: Response, error: DomainError): void {
  const { code, message, details } = error;
  const isGraphQL = request.originalUrl.startsWith('/graphql');
  response
    .status(error.status)
    .set('Cache-Control', 'no-store')
    .json(
      isGraphQL ? { errors: [{ message, extensions: { code, ...details } }] } : { code, message, ...details },
    );
}
