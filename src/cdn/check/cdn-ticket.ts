import { cacheStatusOf, cdnOf, type AnswerHeaders } from './cdn-cache-status.js';

const TICKET = /\/t\/[^/]+\//;

/** Header by which the Worker and the nginx edge of deploy/ mark responses from their cache. */
const OURS = /^x-cache: (HIT|STALE|UPDATING)$/;

export function hasTicket(url: string): boolean {
  return TICKET.test(new URL(url).pathname);
}

/** The same object without the ticket in its path. */
export function withoutTicket(url: string): string {
  return url.replace(TICKET, '/');
}

/**
 * Says whether the response came from a cache that ignores tickets: such a cache stores the object under its whole path
 * and delivers it even after the ticket has expired. The Worker and the nginx edge of deploy/ check tickets and mark
 * their hits with `X-Cache: HIT`.
 */
export function isKeptBlindly(headers: AnswerHeaders): boolean {
  const { hit, said } = cacheStatusOf(headers);
  if (!hit) return false;
  return !OURS.test(said) || !['nginx', 'Cloudflare', 'unknown'].includes(cdnOf(headers));
}
