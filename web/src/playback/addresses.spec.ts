import { Addresses, renewalDelay, ticketIn, withTicket } from './addresses.js';

const KEY = '/songs/65f0c0ffee65f0c0ffee65f0/gabc123def/64k/segment-00000.ts';
const OLD = `https://cdn.example.com/media/t/1700000000.aaaaaaaaaaaaaaaaaaaaaa${KEY}`;
const PLAIN = `https://cdn.example.com/media${KEY}`;

describe('the ticket in a URL', () => {
  it.each([
    [OLD, '/t/2.b', `https://cdn.example.com/media/t/2.b${KEY}`],
    [PLAIN, '/t/2.b', `https://cdn.example.com/media/t/2.b${KEY}`],
    [OLD, '', PLAIN],
    [PLAIN, '', PLAIN],
  ])('%s becomes that of %j', (url, ticket, expected) => {
    expect(withTicket(url, ticket)).toBe(expected);
    expect(ticketIn(expected)).toBe(ticket);
  });
});

describe('renewal of ticketed URLs', () => {
  it('is due at 75 % of the remaining lifetime, at the earliest after 2 s, and never without an expiry', () => {
    const now = Date.parse('2026-11-25T12:00:00Z');
    expect(renewalDelay('2026-11-25T12:00:10Z', now)).toBe(7_500);
    expect(renewalDelay('2026-11-25T18:00:00Z', now)).toBe(4.5 * 3_600_000);
    expect(renewalDelay('2026-11-25T11:00:00Z', now)).toBe(2_000);
    expect(renewalDelay(null, now)).toBeNull();
  });

  it('sends one query for simultaneous refusals, and survives a failing server', async () => {
    let asked = 0;
    const addresses = new Addresses({ fallbackUrl: OLD, expiresAt: null }, async () => {
      if (++asked === 2) throw new Error('away');
      return { fallbackUrl: OLD.replace('1700000000', '1800000000'), expiresAt: null };
    });
    await Promise.all([addresses.renew(), addresses.renew(), addresses.pending]);
    expect([asked, addresses.of(PLAIN)]).toEqual([1, OLD.replace('1700000000', '1800000000')]);
    await addresses.renew();
    expect([asked, addresses.of(PLAIN)]).toEqual([2, OLD.replace('1700000000', '1800000000')]);
    addresses.end();
  });
});
