import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import { logScope } from '../logging/log-context.js';
import { toDomainError } from '../errors/to-domain-error.js';

const logger = new Logger('GraphQL');

/**
 * The last door of every GraphQL error: what the domain did not name is logged here and told to the client as
 * INTERNAL_SERVER_ERROR without its message, which may hold hosts, paths or queries. `requestId` finds the line again.
 */
export function formatGraphQLError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const named = toDomainError(cause);
  if (named) {
    return { ...formatted, message: named.message, extensions: { code: named.code, ...named.details } };
  }
  if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return withoutStack(formatted);
  if (isRefusedRequest(error)) return { ...formatted, extensions: { code: 'BAD_REQUEST' } };
  // What comes by a socket belongs to no request.
  const requestId = logScope().requestId ?? randomUUID();
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  logger.error({ requestId, msg: reason });
  return {
    ...formatted,
    message: 'Something went wrong on our side. The operator finds the reason in the log.',
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  };
}

/** Apollo gives some refusals (of persisted queries) a status and no code, which it then takes for our fault. */
function isRefusedRequest(error: unknown): boolean {
  const { http } = (error as { extensions?: { http?: { status?: number } } }).extensions ?? {};
  return http?.status !== undefined && http.status >= 400 && http.status < 500;
}

function withoutStack(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { stacktrace: _stack, originalError: _original, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
}
