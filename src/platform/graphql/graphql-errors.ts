import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import { logContext } from '../logging/log-context.js';
import { toDomainError } from '../errors/to-domain-error.js';

const logger = new Logger('GraphQL');

/**
 * Formats every GraphQL error. An error that is not a DomainError is logged and sent to the client as
 * INTERNAL_SERVER_ERROR without its message, which may contain hosts, paths or queries. `requestId` identifies the
 * line.
 */
export function formatGraphQLError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const named = toDomainError(cause);
  if (named) {
    return { ...formatted, message: named.message, extensions: { code: named.code, ...named.details } };
  }
  if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return withoutStack(formatted);
  if (isRefusedRequest(error)) return { ...formatted, extensions: { code: 'BAD_REQUEST' } };
  // Errors on a WebSocket belong to no HTTP request.
  const requestId = logContext().requestId ?? randomUUID();
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  logger.error({ requestId, msg: reason });
  return {
    ...formatted,
    message: 'Something went wrong on our side. The operator finds the reason in the log.',
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  };
}

/** Apollo gives some refusals (of persisted queries) a status but no code, and then reports them as internal errors. */
function isRefusedRequest(error: unknown): boolean {
  const { http } = (error as { extensions?: { http?: { status?: number } } }).extensions ?? {};
  return http?.status !== undefined && http.status >= 400 && http.status < 500;
}

function withoutStack(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { stacktrace: _stack, originalError: _original, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
}
