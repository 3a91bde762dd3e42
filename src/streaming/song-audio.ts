import { Field, ObjectType } from '@nestjs/graphql';
import { Gapless, Loudness, Silence } from '../songs/processing/sound-facts.schema.js';

export const PEAKS_URL_DESCRIPTION =
  'Waveform to draw: JSON { "version": 1, "points": 800, "peaks": [...] }, one number from 0 to 1 (full scale, three ' +
  'decimals) for each of 800 equal parts of the song: its loudest sample of either channel. It never changes there.';

@ObjectType({ description: 'What was measured of the sound listeners get.' })
export class SongAudio {
  @Field(() => Loudness, { description: 'How loud it is.' })
  loudness: Loudness;

  @Field(() => Gapless, {
    nullable: true,
    description:
      'What to cut off to join songs without a gap; null for the rare file whose length the finished playlists do not ' +
      'confirm to the sample (one that changes its sample rate half-way).',
  })
  gapless: Gapless | null;

  @Field(() => Silence, { description: 'How much of its ends is silent.' })
  silence: Silence;

  @Field({ description: PEAKS_URL_DESCRIPTION })
  peaksUrl: string;

  @Field(() => Date, {
    nullable: true,
    description:
      'Until when `peaksUrl` is good; null: for ever (STREAM_PROTECTION=none). Ask again for a new one.',
  })
  expiresAt: Date | null;
}
