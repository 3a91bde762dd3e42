import { describe, expect, it } from '@jest/globals';
import { ladderFor } from './ladder.js';

const names = (codec: string, bitrateKbps: number, cap = true) =>
  ladderFor({ codec, bitrateKbps }, cap).map(({ name }) => name);
const ALL = ['64k', '128k', '256k', '320k'];

describe('the ladder of a song', () => {
  it('is whole unless it is to be capped', () => {
    expect(names('mp3', 96, false)).toEqual(ALL);
  });

  it.each([
    ['mp3', 96, ['64k']],
    ['mp3', 128, ['64k', '128k']],
    ['mp3', 129, ['64k', '128k']],
    ['vorbis', 122, ['64k', '128k']],
    ['mp3', 192, ['64k', '128k']],
    ['mp3', 245, ['64k', '128k', '256k']],
    ['aac', 256, ['64k', '128k', '256k']],
    ['mp3', 320, ALL],
  ])('ends at what %s of %i kbit/s has', (codec, kbps, expected) => {
    expect(names(codec, kbps)).toEqual(expected);
  });

  it('keeps its lowest rung below which there is nothing', () => {
    expect(names('opus', 24)).toEqual(['64k']);
  });

  it.each(['flac', 'alac', 'pcm_s16le', 'pcm_f32le'])('is whole for %s, which loses nothing', (codec) => {
    expect(names(codec, 90)).toEqual(ALL);
  });

  it('takes telephone codecs for the lossy ones they are, and keeps all of what is not known', () => {
    expect(names('pcm_mulaw', 64)).toEqual(['64k']);
    expect(names('mp3', 0)).toEqual(ALL);
  });
});
