import { backoffMs } from '../platform/async/retry.js';
import { DeliveryState, type DeliveryTry } from './webhook-delivery.schema.js';

/** Attempts per delivery; the pauses between them double. */
const MAX_TRIES = 10;
/** Deliveries given up in a row after which a webhook is disabled. */
const MAX_FAILURES = 10;
/** The receiver asks not to be called again (RFC 9110, 15.5.11). */
const GONE = 410;

/** How an attempt ended: with an HTTP status or null, and with an error or null. */
export type Attempt = Pick<DeliveryTry, 'status' | 'error'>;

/** What becomes of a delivery: it has ended, or it waits this many milliseconds for its next attempt. */
export type Outcome =
  | { state: DeliveryState.DELIVERED | DeliveryState.GIVEN_UP }
  | { state: DeliveryState.PENDING; pauseMs: number };

/** The outcome of an attempt that had `earlier` attempts before it. `firstPauseMs` follows the first attempt. */
export function outcomeOf({ status, error }: Attempt, earlier: number, firstPauseMs: number): Outcome {
  if (error === null) return { state: DeliveryState.DELIVERED };
  if (status === GONE || earlier + 1 >= MAX_TRIES) return { state: DeliveryState.GIVEN_UP };
  const pauseMs = backoffMs(earlier + 1, { firstPauseMs, longestPauseMs: Infinity });
  return { state: DeliveryState.PENDING, pauseMs };
}

/** Why a webhook is disabled after its last attempt, `failures` deliveries in a row given up; null if it is not. */
export function reasonToDisable({ status, error }: Attempt, failures: number): string | null {
  if (status === GONE) return 'The receiver answered 410 Gone.';
  return failures < MAX_FAILURES ? null : `${failures} deliveries in a row failed: ${error}`;
}
