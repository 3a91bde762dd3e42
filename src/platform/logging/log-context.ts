import { AsyncLocalStorage } from 'node:async_hooks';

/** What is being worked on: these fields are added to every log line that is written meanwhile. */
export interface LogContext {
  /** Id of the HTTP request that is being answered; the log has it as `req.id`. */
  requestId?: string;
  songId?: string;
  /** Id of one transcoding attempt, which is also the id of its generation. */
  attemptId?: string;
}

const scopes = new AsyncLocalStorage<LogContext>();

export function logContext(): LogContext {
  return scopes.getStore() ?? {};
}

/** Runs `work`, and everything it starts, with these log fields; so modules that know no songs log their ids, too. */
export function withLogContext<T>(scope: LogContext, work: () => T): T {
  return scopes.run({ ...logContext(), ...scope }, work);
}
