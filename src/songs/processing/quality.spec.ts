import { describe, expect, it } from '@jest/globals';
import { ladderFor } from './quality.js';

const names = (codec: string, bitrateKbps: number, cap = true) =>
  ladderFor({ codec, bitrateKbps }, cap).map(({ name }) => name);
const ALL = ['64k', '128k', '256k', '320k'];

describe('ladderFor', () => {
  it('returns all rungs if the ladder is not capped to the source', () => {
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
  ])('is capped to the bit rate of the source: %s, %i kbit/s', (codec, kbps, expected) => {
    expect(names(codec, kbps)).toEqual(expected);
  });

  it('keeps the lowest rung even if the source is below it', () => {
    expect(names('opus', 24)).toEqual(['64k']);
  });

  it.each(['flac', 'alac', 'pcm_s16le', 'pcm_f32le'])(
    'returns all rungs for the lossless codec %s',
    (codec) => {
      expect(names(codec, 90)).toEqual(ALL);
    },
  );

  it('treats telephone codecs as lossy and returns all rungs for an unknown bit rate', () => {
    expect(names('pcm_mulaw', 64)).toEqual(['64k']);
    expect(names('mp3', 0)).toEqual(ALL);
  });
});
