import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { withLogContext } from './log-context.js';

/** Ids that proxies and tracing tools send: UUIDs, hex, ULIDs. Anything else could forge log lines or flood the log. */
const SANE = /^[\w.-]{8,64}$/;

/** The caller's id of the request if it has a valid form, else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}

/** Names a request, in the answer's X-Request-Id and in the log. Not media's: edges keep those answers for others. */
export function nameRequest(request: Request, response: Response, next: NextFunction): void {
  if (!/^\/(graphql|api)(?:$|[/?])/.test(request.originalUrl)) return next();
  const requestId = requestIdOf(request.headers['x-request-id']);
  response.set('X-Request-Id', requestId);
  withLogContext({ requestId }, next);
}
