import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { Response } from 'express';
import { GraphQLError } from 'graphql';
import { DomainError } from './domain-error.js';

/** Translates a domain error once, at the door it leaves by: a GraphQL code or an HTTP status. */
@Catch(DomainError)
export class DomainErrorFilter implements ExceptionFilter<DomainError> {
  catch(error: DomainError, host: ArgumentsHost): GraphQLError | void {
    if (host.getType<GqlContextType>() === 'graphql') return toGraphQLError(error);
    sendDomainError(host.switchToHttp().getResponse<Response>(), error);
  }
}

export function toGraphQLError(error: DomainError): GraphQLError {
  return new GraphQLError(error.message, { extensions: { code: error.code, ...error.details } });
}

/** For doors outside Nest's reach (Express middleware). An error is never cached. */
export function sendDomainError(response: Response, error: DomainError): void {
  response
    .status(error.status)
    .set('Cache-Control', 'no-store')
    .json({ code: error.code, message: error.message, ...error.details });
}
