import type { CloudflareError } from '../rules/cloudflare-api.js';

/**
 * Most prefixes in one request: "Maximum 30 prefixes per API call" (developers.cloudflare.com, Purge cache by prefix);
 * the page on limits allows 100 by now, and 30 keeps to both.
 */
export const PREFIXES_PER_REQUEST = 30;

/** Longest pause after failures that may pass, seconds. */
const LONGEST_PAUSE_SECONDS = 15 * 60;
/** How long a refusal is believed: a token's permissions can be changed without our noticing, seconds. */
const REFUSED_PAUSE_SECONDS = 3600;

/** How one request ended: done, to be made again, or refused as it is. */
export type PurgeOutcome = 'purged' | 'retried' | 'refused';

/** "https://media.example.com" and "songs/<id>/" are "media.example.com/songs/<id>", as Cloudflare writes prefixes. */
export function purgePrefix(cdnBaseUrl: string, key: string): string {
  const { host, pathname } = new URL(cdnBaseUrl);
  return `${host}${pathname.replace(/\/+$/, '')}/${key.replace(/\/$/, '')}`;
}

/** When to ask again after an error; `failures`: how many there have been, this one included. */
export function afterFailure(
  error: CloudflareError,
  failures: number,
  everySeconds: number,
): { outcome: PurgeOutcome; pauseSeconds: number } {
  if (!error.isPassing) return { outcome: 'refused', pauseSeconds: REFUSED_PAUSE_SECONDS };
  const growing = Math.min(everySeconds * 2 ** failures, LONGEST_PAUSE_SECONDS);
  const asked = Math.min(error.retryAfterSeconds ?? 0, REFUSED_PAUSE_SECONDS);
  return { outcome: 'retried', pauseSeconds: Math.max(growing, asked) };
}
