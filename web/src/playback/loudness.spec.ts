import { describe, expect, it } from '@jest/globals';
import { gainFactor } from './loudness.js';

const db = (factor: number) => Math.round(200 * Math.log10(factor)) / 10;

describe('loudness', () => {
  it('brings each song to the same level by itself', () => {
    expect(db(gainFactor('track', { trackGainDb: -7.2, headroomDb: -0.5 }, null))).toBe(-7.2);
  });

  it('never lifts a quiet song beyond its peaks', () => {
    expect(db(gainFactor('track', { trackGainDb: 9, headroomDb: 3.1 }, null))).toBe(3.1);
  });

  it('keeps the songs of an album as loud to each other as they were made', () => {
    const album = { gainDb: -5, headroomDb: 0 };
    const loud = gainFactor('album', { trackGainDb: -9, headroomDb: 0 }, album);
    expect(gainFactor('album', { trackGainDb: -2, headroomDb: 0 }, album)).toBe(loud);
    expect(db(loud)).toBe(-5);
  });

  it('falls back to the song where its album was not measured, and is careful where nothing was', () => {
    expect(db(gainFactor('album', { trackGainDb: -3, headroomDb: 0 }, null))).toBe(-3);
    expect(db(gainFactor('track', null, null))).toBe(-6);
    expect(gainFactor('off', { trackGainDb: -3, headroomDb: 0 }, null)).toBe(1);
  });
});
