import { DomainError } from '../platform/errors/domain-error.js';

/** The codes of the errors below. */
export const SOCKET_REFUSALS = ['TOO_MANY_SOCKETS', 'SOCKETS_FULL', 'TOO_MANY_SUBSCRIPTIONS'] as const;
type SocketRefusal = (typeof SOCKET_REFUSALS)[number];

/** One address or account has reached its limit of open sockets. */
export class TooManySocketsError extends DomainError {
  readonly code: SocketRefusal = 'TOO_MANY_SOCKETS';
  override readonly status = 429;
  constructor(holder: 'address' | 'account', limit: number) {
    super(`This ${holder} has ${limit} open sockets, as many as it may have. Close one, then try again.`);
  }
}

/** The process has reached its limit of open sockets. */
export class SocketsFullError extends DomainError {
  readonly code: SocketRefusal = 'SOCKETS_FULL';
  override readonly status = 503;
  constructor() {
    super('This server carries as many open sockets as it can. Try again in a minute.');
  }
}

/** `holder` has reached its limit of subscriptions. */
export class TooManySubscriptionsError extends DomainError {
  readonly code: SocketRefusal = 'TOO_MANY_SUBSCRIPTIONS';
  override readonly status = 429;
  constructor(holder: 'process' | 'address' | 'account' | 'socket', limit: number) {
    const who = holder === 'process' ? 'This server' : `One ${holder}`;
    super(`${who} carries at most ${limit} subscriptions. End one, then try again.`);
  }
}
