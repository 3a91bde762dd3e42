import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * A ticket signs a URL. It is `<expiry>.<signature>`: Unix seconds, and 22 characters of base64url. It is a segment of
 * the path, so the relative URIs in a playlist inherit it (RFC 3986, 5.2), and gives access to the audio of one song.
 *
 * The signature is the first half of an HMAC-SHA256: 128 bits are the minimum of RFC 2104, 5, cannot be guessed, and
 * keep URLs short. deploy/edge/vectors.json has the test vectors that the edges of deploy/ must satisfy as well.
 */
const TICKET = /^([1-9]\d{9})\.([\w-]{22})$/;

export type TicketStatus = 'good' | 'invalid' | 'expired';

/** Expiries are rounded up to a multiple of lifetime / GRID_SHARE, so requests within that time get the same URLs. */
const GRID_SHARE = 4;

/** Expiry of a ticket issued `now` (Unix seconds): at least `seconds` from now, at most a quarter more. */
export function expiryOf(now: number, seconds: number): number {
  const grid = Math.max(1, Math.floor(seconds / GRID_SHARE));
  return Math.ceil((now + seconds) / grid) * grid;
}

/** @param song folder of the song, "songs/<id>/" */
export function signedTicket(song: string, expiry: number, secret: string): string {
  return `${expiry}.${signature(song, String(expiry), secret).toString('base64url')}`;
}

/** @param now Unix seconds. A forged ticket is always `invalid`, never `expired`. */
export function verifyTicket(
  ticket: string,
  song: string,
  secrets: readonly string[],
  now: number,
): TicketStatus {
  const [, expiry = '', given = ''] = TICKET.exec(ticket) ?? [];
  if (!expiry || !secrets.some((secret) => matches(given, signature(song, expiry, secret)))) return 'invalid';
  return Number(expiry) > now ? 'good' : 'expired';
}

function signature(song: string, expiry: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`ticket.v1\n${expiry}\n${song}`).digest().subarray(0, 16);
}

/** Compares text, not bytes: four bits of the last character are unused, so bytes would allow sixteen spellings. */
function matches(given: string, expected: Buffer): boolean {
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected.toString('base64url')));
}
