import { Field, Float, ObjectType } from '@nestjs/graphql';
import { albumGain } from '../songs/processing/loudness.js';
import type { Song } from '../songs/song.schema.js';

@ObjectType({
  description:
    'How loud an album is as one piece. To play its tracks as loud to each other as their artist wants, and albums ' +
    'equally loud, apply min(gainDb, headroomDb) to every track of it; null means: leave it as it is.',
})
export class AlbumLoudness {
  @Field(() => Float, {
    nullable: true,
    description: 'Integrated loudness over all tracks, LUFS; null where none is loud enough to have one.',
  })
  integratedLufs: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Gain that brings the album to the reference of ReplayGain 2.0, -18 LUFS; dB. Not limited by its peaks.',
  })
  gainDb: number | null;

  @Field(() => Float, { description: "The loudest track's true peak as amplitude; 1 = full scale." })
  peak: number;

  @Field(() => Float, {
    nullable: true,
    description: 'The largest gain that keeps every track at or below -1 dBTP, dB; null in digital silence.',
  })
  headroomDb: number | null;
}

/** The part of a song from which its album's loudness is calculated. */
export type LoudnessFacts = Pick<Song, 'generations' | 'publishedGeneration'>;

/** Loudness over the measured tracks; null if there are none. Calculated on every read, so it follows every change. */
export function loudnessOfAlbum(tracks: readonly LoudnessFacts[]): AlbumLoudness | null {
  const measured = tracks.flatMap(({ generations, publishedGeneration }) => {
    const heard = generations?.find(({ id }) => id === publishedGeneration);
    if (!heard?.facts) return [];
    const { integratedLufs, trackPeak } = heard.facts.loudness;
    return [{ integratedLufs, durationSeconds: heard.durationSeconds, truePeak: trackPeak }];
  });
  return measured.length > 0 ? { ...albumGain(measured) } : null;
}
