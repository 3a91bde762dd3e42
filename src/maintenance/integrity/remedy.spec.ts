import { describe, expect, it } from '@jest/globals';
import { ProcessingState } from '../../songs/processing/processing.schema.js';
import type { SongRecord } from './media-owners.service.js';
import { remedyFor } from './remedy.js';

const ORIGINAL = 'songs/s/original-0.mp3';
const at = (generation: string) => `songs/s/${generation}/`;

function song(published: string | null, kept: string[], processing = {}): SongRecord {
  return {
    original: { key: ORIGINAL },
    generations: kept.map((id) => ({ id })),
    artwork: null,
    publishedGeneration: published,
    processing: { state: ProcessingState.READY, error: null, ...processing },
  } as unknown as SongRecord;
}

const GIVEN_UP = { state: ProcessingState.FAILED, error: { code: 'ORIGINAL_MISSING' } };

describe('remedyFor a song', () => {
  it.each([
    ['nothing is lost', song('g2', ['g1', 'g2']), [], { kind: 'none' }],
    ['it has no generation yet', song(null, []), [ORIGINAL], { kind: 'none' }],
    [
      'an unpublished generation is lost',
      song('g2', ['g1', 'g2']),
      [at('g1')],
      { kind: 'drop', generations: ['g1'] },
    ],
    [
      'an unpublished generation and the original are lost',
      song('g2', ['g1', 'g2']),
      [at('g1'), ORIGINAL],
      { kind: 'none' },
    ],
    [
      'the published generation is lost and another is whole',
      song('g3', ['g1', 'g2', 'g3']),
      [at('g3')],
      { kind: 'remake', publish: 'g2', drop: ['g3'] },
    ],
    [
      'it was rolled back to a generation that is lost',
      song('g1', ['g1', 'g2']),
      [at('g1')],
      { kind: 'remake', publish: 'g2', drop: ['g1'] },
    ],
    [
      'all generations are lost',
      song('g2', ['g1', 'g2']),
      [at('g1'), at('g2')],
      { kind: 'remake', publish: null, drop: ['g1', 'g2'] },
    ],
    [
      'the published generation and the original are lost and another is whole',
      song('g2', ['g1', 'g2']),
      [at('g2'), ORIGINAL],
      { kind: 'fall back', publish: 'g1' },
    ],
    ['everything is lost', song('g1', ['g1']), [at('g1'), ORIGINAL], { kind: 'give up' }],
    ['it was given up already', song(null, ['g1'], GIVEN_UP), [at('g1'), ORIGINAL], { kind: 'none' }],
    [
      'it was given up and all its media is back',
      song(null, ['g1', 'g2'], GIVEN_UP),
      [],
      { kind: 'restore', publish: 'g2' },
    ],
    [
      'it was given up and only the original is back',
      song(null, ['g1'], GIVEN_UP),
      [at('g1')],
      { kind: 'remake', publish: null, drop: ['g1'] },
    ],
    [
      'a new original was refused by the encoder',
      song(null, [], { state: ProcessingState.FAILED, error: { code: 'ENCODER_FAILED' } }),
      [],
      { kind: 'none' },
    ],
  ])('when %s', (_when, record, lost, remedy) => {
    expect(remedyFor('s', record, new Set(lost))).toEqual(remedy);
  });
});
