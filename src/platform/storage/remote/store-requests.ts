import type { Readable } from 'node:stream';
import { retry } from '../../async/retry.js';
import { countRequest } from './request-count.js';
import type { StoreRetryPolicy } from './retry-policy.js';
import { RetriesExhaustedError, toStorageError, type StoreFailure } from './store-failure.js';

/** How often a request is sent whose failures are transient, besides the limit of the StoreRetryPolicy. */
export interface Repetition {
  readonly mostTries: number;
  /** Tries that may last longer than the idle time-out before they fail. */
  readonly mostLongTries: number;
}

/** For the check of the store: the next look at /health repeats it. */
export const ONCE: Repetition = { mostTries: 1, mostLongTries: 1 };

/** For requests that change nothing more when they arrive twice, which are all but the following. */
export const REPEATABLE: Repetition = { mostTries: Infinity, mostLongTries: Infinity };

/**
 * For copies inside the store, which continues a copy after the client has disconnected: each try that failed late may
 * have started another one.
 */
export const COPYING: Repetition = { mostTries: Infinity, mostLongTries: 2 };

/** Classifies an error; undefined when it does not come from the store. */
export type FailureOf = (error: unknown) => StoreFailure | undefined;

/**
 * The one place that repeats requests to a remote store. Every request is sent by `send` with the Repetition of its
 * kind, so a piece of work made of several requests is never repeated as a whole. Requests may reject with any error.
 */
export class StoreRequests {
  constructor(
    readonly policy: StoreRetryPolicy,
    private readonly failureOf: FailureOf,
  ) {}

  /**
   * Sends a request until it succeeds, fails permanently or is used up. `request` gets the number of the try (1, 2, …).
   * Rejects with the last error as it came.
   */
  send<T>(request: (attempt: number) => Promise<T>, repetition = REPEATABLE): Promise<T> {
    let tries = 0;
    let longTries = 0;
    let sentAt = 0;
    const attempt = (): Promise<T> => {
      countRequest();
      sentAt = Date.now();
      return request(++tries);
    };
    const isTransient = (error: unknown): boolean => {
      if (Date.now() - sentAt >= this.policy.idleMs) longTries++;
      return this.isTransient(error) && tries < repetition.mostTries && longTries < repetition.mostLongTries;
    };
    return retry(attempt, { ...this.policy, isTransient });
  }

  /**
   * Awaits work made of requests and turns their errors into those of MediaStorage. An error of `source`, a stream of
   * the caller, is passed on unchanged, even if it looks like one of the store.
   */
  async explained<T>(work: Promise<T>, source?: Readable): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // An AbortError only means that we stopped reading.
      const broken = source?.errored;
      throw broken && broken.name !== 'AbortError' ? broken : toStorageError(error, this.failureOf(error));
    }
  }

  private isTransient(error: unknown): boolean {
    return !(error instanceof RetriesExhaustedError) && this.failureOf(error)?.kind === 'transient';
  }
}
