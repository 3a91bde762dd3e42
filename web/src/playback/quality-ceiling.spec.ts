import { describe, expect, it } from '@jest/globals';
import { ceilingFor } from './quality-ceiling.js';

describe('the quality table', () => {
  it.each([
    [0, '64k'],
    [99.9, '64k'],
    [100, '128k'],
    [199, '128k'],
    [200, '256k'],
    [399, '256k'],
    [400, '320k'],
    [100_000, '320k'],
  ])('allows %s at most at %p kbit/s', (kbps, quality) => {
    expect(ceilingFor(kbps)).toBe(quality);
  });
});
