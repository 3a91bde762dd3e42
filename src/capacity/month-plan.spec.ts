import { describe, expect, it } from '@jest/globals';
import { billOf, freeTiers, playsADay, songsInCloudinary } from './month-bill.js';
import { monthOf, REDIS_PACE, type Plan } from './month-plan.js';
import { costOf, PRICES } from './prices.js';

const PLAN: Plan = {
  songs: 5_000,
  plays: 5_000,
  minutes: 4,
  sourceKbps: 320,
  lossless: false,
  capLadder: false,
  listen: 0.8,
  quality: '320k',
  edgeHits: 0.95,
  generations: 1,
  redis: REDIS_PACE,
};
const of = (change: Partial<Plan> = {}) => monthOf({ ...PLAN, ...change });

describe('monthOf', () => {
  it('uses measured sizes, which exceed the nominal bit rates', () => {
    const { song } = of();
    expect(song.originalBytes).toBe((320_000 * 240) / 8);
    const nominal = ((64 + 128 + 256 + 320) * 1_000 * 240) / 8;
    const made = Object.values(song.renditions).reduce((sum, bytes) => sum + bytes, 0);
    expect(made / nominal).toBeGreaterThan(1.05);
    expect(made / nominal).toBeLessThan(1.2);
    expect(song.objects).toBeGreaterThan(4 * 40);
    expect(song.objects).toBeLessThan(4 * 55);
  });

  it('stores more with songs and kept generations, and delivers more with plays', () => {
    const [one, two] = [of(), of({ songs: 10_000 })];
    expect(two.storedBytes).toBeCloseTo(2 * one.storedBytes, 0);
    expect(two.deliveredBytes).toBe(one.deliveredBytes);
    expect(of({ plays: 10_000 }).deliveredBytes).toBe(2 * one.deliveredBytes);
    const kept = of({ generations: 3 }).song;
    expect(kept.bytes - kept.originalBytes).toBeCloseTo(3 * (one.song.bytes - one.song.originalBytes), 0);
  });

  it('counts only CDN misses as delivered by the store', () => {
    expect(of().originBytes / of().deliveredBytes).toBeCloseTo(0.05);
    expect(of({ edgeHits: 0 }).originBytes).toBe(of().deliveredBytes);
  });

  it('omits rungs above a poor source if the ladder is capped, and plays the best remaining one', () => {
    const poor = { sourceKbps: 128 };
    const [whole, capped] = [of(poor), of({ ...poor, capLadder: true })];
    expect(Object.keys(capped.song.renditions)).toEqual(['64k', '128k']);
    expect(capped.play.quality).toBe('128k');
    expect(capped.storedBytes).toBeLessThan(0.5 * whole.storedBytes);
    expect(of({ ...poor, capLadder: true, lossless: true }).song).toEqual(
      of({ ...poor, lossless: true }).song,
    );
  });

  it('prefers averages of a running library to measured sizes', () => {
    const library = {
      original: 5e6,
      renditions: { '64k': 1e6, '128k': 2e6, '256k': 4e6, '320k': 5e6 },
      database: 3_000,
    };
    const { song, databaseBytes } = of({ library, plays: 0 });
    expect([song.originalBytes, song.renditions['256k']]).toEqual([5e6, 4e6]);
    expect(databaseBytes).toBe(5_000 * 3_000);
  });
});

describe('costs of a month', () => {
  it('are zero within the included amount, and the price of the rest beyond it', () => {
    expect(costOf({ included: 10, each: 2 }, 10)).toBe(0);
    expect(costOf({ included: 10, each: 2 }, 13)).toBe(6);
    expect(costOf({ included: 10, each: null }, 11)).toBeNull();
  });

  it('list the scarcest free plan first: 25 GB hold far fewer than 5,000 songs', () => {
    const [first] = freeTiers(of());
    expect(first!.what).toMatch(/^Cloudinary/);
    expect(first!.share).toBeGreaterThan(5);
    expect(songsInCloudinary(of())).toBeLessThan(1_000);
    // Stored and delivered bytes come out of one pool.
    const cloudinary = (edgeHits: number) =>
      freeTiers(of({ edgeHits })).find(({ what }) => what.startsWith('Cloud'))!;
    expect(cloudinary(0).share).toBeGreaterThan(cloudinary(0.95).share);
  });

  it('are storage alone at R2, storage and delivery at S3', () => {
    const month = of({ edgeHits: 0, plays: 100_000 });
    const [r2, s3] = [billOf('R2', PRICES.r2, month), billOf('S3', PRICES.s3, month)];
    expect(r2.monthly['delivered']).toBe(0);
    expect(r2.total).toBeCloseTo(((month.storedBytes - 10e9) / 1e9) * 0.015, 2);
    expect(s3.monthly['delivered']).toBeGreaterThan(s3.monthly['stored']!);
  });

  it('subtract idle Redis commands before plays', () => {
    expect(playsADay({ ...PLAN, redis: { perIdleDay: 1_000, perPlay: 3, perUpload: 0 } }, 10_000)).toBe(
      3_000,
    );
    expect(playsADay({ ...PLAN, redis: { perIdleDay: 11_000, perPlay: 3, perUpload: 0 } }, 10_000)).toBe(0);
  });
});
