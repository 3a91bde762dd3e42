import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { GqlContextType } from '@nestjs/graphql';
import type { Request, Response } from 'express';
import type { DomainError } from './domain-error.js';
import { toDomainError } from './to-domain-error.js';

/** Translates a thrown error for its API: into an HTTP response here; for GraphQL, formatGraphQLError does it. */
@Catch()
export class DomainErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): unknown {
    // Returned, not thrown: Nest would log expected errors, and the others a second time.
    if (host.getType<GqlContextType>() === 'graphql') return error;
    const named = toDomainError(error);
    if (!named) return super.catch(error, host);
    const http = host.switchToHttp();
    sendDomainError(http.getRequest<Request>(), http.getResponse<Response>(), named);
  }
}

/**
 * Also for Express middleware, which Nest's filters do not reach. A GraphQL client reads `errors`, a REST client
 * `code`: the path decides. An error is never cached.
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
