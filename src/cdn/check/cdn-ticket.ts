import { cacheStatusOf, cdnOf, type AnswerHeaders } from './cdn-cache-status.js';

const TICKET = /\/t\/[^/]+\//;

/** What the edges of deploy/ say of what they gave from their own copy. */
const OURS = /^x-cache: (HIT|STALE|UPDATING)$/;

export function hasTicket(url: string): boolean {
  return TICKET.test(new URL(url).pathname);
}

/** The same object without the ticket in its path. */
export function withoutTicket(url: string): string {
  return url.replace(TICKET, '/');
}

/**
 * Whether a cache gave this answer that does not look at tickets: it knows the object by its whole path and goes on
 * giving it when the ticket has ended. The Worker and the nginx edge of deploy/ look, and say so by `X-Cache: HIT`.
 */
export function isKeptBlindly(headers: AnswerHeaders): boolean {
  const { hit, said } = cacheStatusOf(headers);
  if (!hit) return false;
  return !OURS.test(said) || !['nginx', 'Cloudflare', 'unknown'].includes(cdnOf(headers));
}
