import { Logger } from '@nestjs/common';
import mongoose from 'mongoose';
import { UnavailableError } from './domain-error.js';
import { toDomainError } from './to-domain-error.js';
import { withoutSecretShapes } from '../logging/secrets.js';

/** Error names of the Redis clients (ioredis, redis-parser, node-redis). */
const REDIS = new Set([
  'ReplyError',
  'ParserError',
  'InterruptError',
  'MaxRetriesPerRequestError',
  'RedisError',
  'ErrorReply',
  'ClientClosedError',
  'ClientOfflineError',
  'SocketClosedUnexpectedlyError',
  'ConnectionTimeoutError',
  'DisconnectsClientError',
  'ReconnectStrategyError',
]);
/**
 * What has no class of its own: words of ioredis, of platform/async/with-timeout.ts and of
 * platform/cache/redis-cache-store.ts.
 */
const SAYS = new RegExp(
  "^(Connection is closed|Stream isn't writeable|Command timed out|Command aborted due to connection close|" +
    'Ready check failed|no answer within \\d+ ms|Redis is not connected|Redis did not answer)',
);
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** The same line is logged once in this time, milliseconds. */
const REPEAT_MS = 60_000;

/**
 * Decides about unhandled errors. An error that the client of a backing service did not catch is logged in one line:
 * the callers have received their errors, and the connection repairs itself. Any other error is a defect that leaves
 * the process in an unknown state: it is logged, and `end` is called.
 */
export class UnhandledErrors {
  private readonly logger = new Logger('Process');
  private readonly loggedAt = new Map<string, number>();
  private redact = withoutSecretShapes;
  private ending = false;

  /** `end` shuts down gracefully and exits with a code other than 0. */
  constructor(private readonly end: () => void) {
    process.on('unhandledRejection', (reason) => this.met(reason, 'unhandled rejection'));
    process.on('uncaughtException', (error) => this.met(error, 'uncaught exception'));
  }

  /** From now on `redact` cleans what is logged. */
  hide(redact: (text: string) => string): void {
    this.redact = redact;
  }

  private met(error: unknown, what: string): void {
    if (isOfBackingService(error))
      return this.tell(`${what} of a backing service's client: ${summary(error)}`);
    if (this.ending) return;
    this.ending = true;
    // Never the object itself: clients attach the command with its arguments, which may include a password.
    this.logger.fatal(this.clean(`${what}, this process ends: ${trace(error)}`));
    this.end();
  }

  private tell(line: string): void {
    const now = Date.now();
    if (now - (this.loggedAt.get(line) ?? -Infinity) < REPEAT_MS) return;
    for (const [words, at] of this.loggedAt) if (now - at >= REPEAT_MS) this.loggedAt.delete(words);
    this.loggedAt.set(line, now);
    this.logger.warn(this.clean(line));
  }

  private clean(text: string): string {
    return this.redact(text).replaceAll(/\s*\n\s*/g, ' | ');
  }
}

/** Whether the error comes from a client of the database, Redis or the media store, or from a connection to one. */
export function isOfBackingService(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (REDIS.has(error.name) || REDIS.has(error.constructor.name) || SAYS.test(error.message)) return true;
  if (error instanceof mongoose.mongo.MongoError || toDomainError(error) instanceof UnavailableError)
    return true;
  const { code, syscall, $metadata } = error as NodeJS.ErrnoException & { $metadata?: object };
  if ($metadata) return true; // AWS SDK
  if (syscall !== undefined && NETWORK.has(code ?? '')) return true;
  return error.cause !== error && isOfBackingService(error.cause);
}

function summary(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function trace(error: unknown): string {
  return error instanceof Error ? (error.stack ?? summary(error)) : String(error);
}
