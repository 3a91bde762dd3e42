import { describe, expect, it } from '@jest/globals';
import { gainFactor } from './loudness.js';

const db = (factor: number) => Math.round(200 * Math.log10(factor)) / 10;

describe('loudness normalisation', () => {
  it('per track brings each song to the same level', () => {
    expect(db(gainFactor('track', { trackGainDb: -7.2, headroomDb: -0.5 }, null))).toBe(-7.2);
  });

  it('never raises a quiet song beyond what its peaks allow', () => {
    expect(db(gainFactor('track', { trackGainDb: 9, headroomDb: 3.1 }, null))).toBe(3.1);
  });

  it('per album keeps the relative loudness of the songs of an album', () => {
    const album = { gainDb: -5, headroomDb: 0 };
    const loud = gainFactor('album', { trackGainDb: -9, headroomDb: 0 }, album);
    expect(gainFactor('album', { trackGainDb: -2, headroomDb: 0 }, album)).toBe(loud);
    expect(db(loud)).toBe(-5);
  });

  it('falls back to the track without a measured album, and to a cautious default without any measurement', () => {
    expect(db(gainFactor('album', { trackGainDb: -3, headroomDb: 0 }, null))).toBe(-3);
    expect(db(gainFactor('track', null, null))).toBe(-6);
    expect(gainFactor('off', { trackGainDb: -3, headroomDb: 0 }, null)).toBe(1);
  });
});
