import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * A ticket is `<expiry>.<signature>`: Unix seconds, and 22 characters of base64url. It is a segment of the path, so the
 * relative URIs in a playlist inherit it (RFC 3986 5.2), and admits its bearer to the sound of one song.
 *
 * The signature is the first half of an HMAC-SHA256: 128 bits are what RFC 2104 5 allows at the least and what nobody
 * guesses, and every byte is repeated in each URL. deploy/edge/vectors.json is this file, as the edges have to do it.
 */
const TICKET = /^([1-9]\d{9})\.([\w-]{22})$/;

export type TicketVerdict = 'good' | 'invalid' | 'expired';

/** Expiries lie on a grid of this share of the lifetime: URLs of one song are the same for all who ask within it. */
const GRID_SHARE = 4;

/** When a ticket made `now` (Unix seconds) ends: `seconds` from now at least, a quarter more at most. */
export function expiryOf(now: number, seconds: number): number {
  const grid = Math.max(1, Math.floor(seconds / GRID_SHARE));
  return Math.ceil((now + seconds) / grid) * grid;
}

/** `song`: its folder, "songs/<id>/". */
export function signedTicket(song: string, expiry: number, secret: string): string {
  return `${expiry}.${signature(song, String(expiry), secret).toString('base64url')}`;
}

/** `now`: Unix seconds. A forged ticket is never called expired. */
export function judgeTicket(
  ticket: string,
  song: string,
  secrets: readonly string[],
  now: number,
): TicketVerdict {
  const [, expiry = '', given = ''] = TICKET.exec(ticket) ?? [];
  if (!expiry || !secrets.some((secret) => matches(given, signature(song, expiry, secret)))) return 'invalid';
  return Number(expiry) > now ? 'good' : 'expired';
}

function signature(song: string, expiry: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`ticket.v1\n${expiry}\n${song}`).digest().subarray(0, 16);
}

/** Compares the text: of the last character four bits mean nothing, and one ticket must not have sixteen spellings. */
function matches(given: string, expected: Buffer): boolean {
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected.toString('base64url')));
}
