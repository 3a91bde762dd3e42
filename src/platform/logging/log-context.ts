import { AsyncLocalStorage } from 'node:async_hooks';

/** What is being worked on: fields of every line that is written meanwhile, whoever writes it. */
export interface LogContext {
  /** Of the HTTP request being answered; the log has it as `req.id`. */
  requestId?: string;
  songId?: string;
  /** Of one try at transcoding, which is also its generation's id. */
  attemptId?: string;
}

const scopes = new AsyncLocalStorage<LogContext>();

export function logContext(): LogContext {
  return scopes.getStore() ?? {};
}

/** Does the work, and everything it starts, with this in the log; so a room that knows no songs still names them. */
export function withLogContext<T>(scope: LogContext, work: () => T): T {
  return scopes.run({ ...logContext(), ...scope }, work);
}
