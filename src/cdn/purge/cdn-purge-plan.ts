import { backoffMs } from '../../platform/async/retry.js';
import type { CloudflareError } from '../rules/cloudflare-api.js';

/**
 * Maximum number of prefixes per request: "Maximum 30 prefixes per API call" (developers.cloudflare.com, Purge cache by
 * prefix). The page on limits now allows 100; 30 satisfies both.
 */
export const PREFIXES_PER_REQUEST = 30;

/** Longest pause after transient failures, milliseconds. */
const LONGEST_PAUSE_MS = 15 * 60_000;
/** Pause after a refusal, seconds. Purging then tries again, because the token's permissions may have been changed. */
const REFUSED_PAUSE_SECONDS = 3600;

/** Outcome of a request: done, to be repeated, or refused. */
export type PurgeOutcome = 'purged' | 'retried' | 'refused';

/** Cloudflare's form of a prefix: "https://media.example.com" and "songs/<id>/" give "media.example.com/songs/<id>". */
export function purgePrefix(cdnBaseUrl: string, key: string): string {
  const { host, pathname } = new URL(cdnBaseUrl);
  return `${host}${pathname.replace(/\/+$/, '')}/${key.replace(/\/$/, '')}`;
}

/** Says when to send the next request after an error. `failures` counts consecutive failures including this one. */
export function afterFailure(
  error: CloudflareError,
  failures: number,
  everySeconds: number,
): { outcome: PurgeOutcome; pauseSeconds: number } {
  if (!error.isTransient) return { outcome: 'refused', pauseSeconds: REFUSED_PAUSE_SECONDS };
  const backoff = { firstPauseMs: 2 * everySeconds * 1000, longestPauseMs: LONGEST_PAUSE_MS };
  const growing = backoffMs(failures, backoff) / 1000;
  const asked = Math.min(error.retryAfterSeconds ?? 0, REFUSED_PAUSE_SECONDS);
  return { outcome: 'retried', pauseSeconds: Math.max(growing, asked) };
}
