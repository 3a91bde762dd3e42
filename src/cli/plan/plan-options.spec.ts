import { describe, expect, it } from '@jest/globals';
import { planOptions, withLibrary } from './plan-options.js';

describe('npm run plan', () => {
  it('has defaults', () => {
    expect(planOptions([]).plan).toMatchObject({
      songs: 5_000,
      plays: 5_000,
      minutes: 4,
      edgeHits: 0.95,
      listen: 0.8,
    });
  });

  it.each([
    ['--listen', '1.1', '--listen must be a number from 0 to 1.'],
    ['--songs', 'many', '--songs must be a number from 1 to 1000000000.'],
    ['--quality', '96k', '--quality must be one of 64k, 128k, 256k, 320k.'],
  ])('refuses %s %s with a message', (name, value, sentence) => {
    expect(() => planOptions([name, value])).toThrow(sentence);
  });

  it('uses the averages of a running library, but not of an empty one', () => {
    const { plan } = planOptions(['--url', 'http://127.0.0.1:4000/']);
    const stats = {
      songs: { total: 2 },
      durationSeconds: 600,
      averageBytes: { original: 6_000_000, renditions: { '64k': 1 } },
      limits: [{ resource: 'DATABASE', used: 8_000 }],
      redis: { perIdleDay: 900, perPlay: null },
    };
    expect(withLibrary(plan, stats)).toMatchObject({
      minutes: 5,
      sourceKbps: 160,
      library: { original: 6_000_000, database: 4_000 },
      redis: { perIdleDay: 900, perPlay: plan.redis.perPlay },
    });
    expect(() => withLibrary(plan, { ...stats, songs: { total: 0 } })).toThrow('no song');
  });
});
