import { readFileSync } from 'node:fs';
import { Config } from '../platform/config/config.js';
import { mediaRequest } from './media-request.js';
import { expiryOf, verifyTicket, signedTicket } from './stream-ticket.js';
import { StreamTickets } from './stream-tickets.service.js';

interface Vectors {
  secrets: string[];
  cases: { why: string; path: string; answer: number | string }[];
}

const { secrets, cases } = JSON.parse(
  readFileSync(new URL('../../deploy/edge/vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const SONG = 'songs/65f0c0ffee65f0c0ffee65f0/';
const KEY = `${SONG}gabc123def/master.m3u8`;
const [first, second] = secrets as [string, string];

function ticketsOf(env: NodeJS.ProcessEnv): StreamTickets {
  return new StreamTickets(Config.load({ DATA_DIR: '/nowhere', ...env }));
}

function answer(tickets: StreamTickets, path: string): number | string {
  const asked = mediaRequest(path.replace(/\?.*/, ''));
  if (!asked) return 404;
  try {
    tickets.admit(asked);
    return 200;
  } catch (error) {
    const { code } = error as { code: string };
    return code === 'NOT_FOUND' ? 404 : code;
  }
}

describe('stream ticket', () => {
  const tickets = ticketsOf({ STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: secrets.join(',') });

  it.each(cases)('$why: $answer', (vector) => {
    expect(answer(tickets, vector.path)).toBe(vector.answer);
  });

  it('is good until the second of its expiry', () => {
    const ticket = signedTicket(SONG, 2_000_000_000, first);
    expect(verifyTicket(ticket, SONG, [second, first], 1_999_999_999.9)).toBe('good');
    expect(verifyTicket(ticket, SONG, [second, first], 2_000_000_000)).toBe('expired');
    expect(verifyTicket(ticket, SONG, [second], 1_999_999_999)).toBe('invalid');
    expect(verifyTicket(ticket, SONG, [], 1_999_999_999)).toBe('invalid');
  });

  it.each([10, 60, 3600, 6 * 3600])(
    'with a lifetime of %i s is the same for all requests within a quarter of that',
    (seconds) => {
      const times = Array.from({ length: 400 }, (_, at) => 1_700_000_000 + (at * seconds) / 100);
      const ends = times.map((at) => expiryOf(at, seconds));
      const lives = ends.map((end, at) => end - times[at]!);
      expect(Math.min(...lives)).toBeGreaterThanOrEqual(seconds);
      expect(Math.max(...lives)).toBeLessThanOrEqual(seconds * 1.25);
      // Four lifetimes pass: seventeen quarters, a few more where a quarter is cut to whole seconds.
      expect(new Set(ends).size).toBeLessThanOrEqual(21);
    },
  );
});

describe('stream protection', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');

  it('puts a ticket into URLs of audio, but not of covers', () => {
    const tickets = ticketsOf({ STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: first });
    expect(tickets.pathPrefixFor(KEY, now)).toMatch(/^t\/\d{10}\.[\w-]{22}\/$/);
    expect(tickets.pathPrefixFor(`${SONG}artwork-0123456789abcdef/300.webp`, now)).toBe('');
    expect(tickets.expiresAt(now)!.getTime()).toBeGreaterThanOrEqual(now + 6 * 3600 * 1000);
    const path = `/media/${tickets.pathPrefixFor(KEY, now)}${KEY}`;
    expect(() => tickets.admit(mediaRequest(path)!, now)).not.toThrow();
  });

  it('neither issues nor requires tickets when switched off', () => {
    const tickets = ticketsOf({});
    expect([tickets.pathPrefixFor(KEY, now), tickets.expiresAt(now)]).toEqual(['', null]);
    expect(answer(tickets, `/media/${KEY}`)).toBe(200);
  });

  it('still accepts earlier tickets when switched off, as long as the secrets are kept', () => {
    const kept = ticketsOf({ STREAM_TICKET_SECRETS: first });
    for (const expiry of [1_700_000_000, 4_000_000_000]) {
      expect(answer(kept, `/media/t/${signedTicket(SONG, expiry, first)}/${KEY}`)).toBe(200);
      expect(answer(kept, `/media/t/${signedTicket(SONG, expiry, second)}/${KEY}`)).toBe(404);
      expect(answer(ticketsOf({}), `/media/t/${signedTicket(SONG, expiry, first)}/${KEY}`)).toBe(404);
    }
  });

  it('refuses to start without a secret of 32 characters', () => {
    for (const secret of ['', 'short', `${first},short`, `${first}, ${second}`]) {
      expect(() => ticketsOf({ STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: secret })).toThrow(
        /secrets of 32 characters/,
      );
    }
  });
});
