import { Field, ObjectType } from '@nestjs/graphql';
import { SoundFacts } from '../songs/processing/sound-facts.schema.js';

export const PEAKS_URL_DESCRIPTION =
  'Waveform to draw: JSON { "version": 1, "points": 800, "peaks": [...] }, one number from 0 to 1 (full scale, three ' +
  'decimals) for each of 800 equal parts of the song: its loudest sample of either channel. It never changes there.';

@ObjectType({ description: 'What was measured of the sound listeners get.' })
export class SongAudio extends SoundFacts {
  @Field({ description: PEAKS_URL_DESCRIPTION })
  peaksUrl: string;

  @Field(() => Date, {
    nullable: true,
    description:
      'Until when `peaksUrl` is good; null: for ever (STREAM_PROTECTION=none). Ask again for a new one.',
  })
  expiresAt: Date | null;
}
