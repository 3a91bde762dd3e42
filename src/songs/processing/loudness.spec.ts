import { albumGain } from './loudness.js';

const track = (integratedLufs: number | null, durationSeconds = 200, truePeak = 0.5) => ({
  integratedLufs,
  durationSeconds,
  truePeak,
});

describe('albumGain', () => {
  it('equals the track gain for an album of one track', () => {
    expect(albumGain([track(-9.5, 200, 1)])).toEqual({
      integratedLufs: -9.5,
      gainDb: -8.5,
      peak: 1,
      headroomDb: -1,
    });
  });

  it('averages energy, not decibels, so the louder half dominates', () => {
    expect(albumGain([track(-10), track(-16)]).integratedLufs).toBe(-12.04);
  });

  it('weights each track by its duration', () => {
    expect(albumGain([track(-10, 300), track(-16, 100)]).integratedLufs).toBe(-10.9);
  });

  it('uses the loudest peak, so that no track of the album clips', () => {
    expect(albumGain([track(-14, 200, 0.4), track(-14, 200, 0.8)])).toMatchObject({
      peak: 0.8,
      headroomDb: 0.94,
    });
  });

  it('ignores silent and nearly silent tracks', () => {
    expect(albumGain([track(-12), track(-40), track(null, 900, 0)]).integratedLufs).toBe(-12);
  });

  it('is null for an album without tracks or without sound', () => {
    const nothing = { integratedLufs: null, gainDb: null, peak: 0, headroomDb: null };
    expect(albumGain([])).toEqual(nothing);
    expect(albumGain([track(null, 200, 0)])).toEqual(nothing);
  });

  it('does not depend on the order of the tracks', () => {
    const tracks = [track(-8), track(-13, 20), track(-19, 700)];
    expect(albumGain(tracks)).toEqual(albumGain(tracks.toReversed()));
  });
});
