import type { Type } from '@nestjs/common';
import { Field, Float, ID, ObjectType, PartialType } from '@nestjs/graphql';
import { Rendition } from '../songs/processing/generation.schema.js';
import { QualityLabel } from '../songs/processing/quality.js';
import {
  Gapless,
  Loudness,
  Silence,
  SoundFacts,
  type FactsOrNulls,
} from '../songs/processing/sound-facts.schema.js';
import { PEAKS_URL_DESCRIPTION } from './song-audio.js';

const NULL_WITHOUT_FACTS =
  'null while HLS is not available, and for a generation made by a version that did not measure.';

const EXPIRES_AT_DESCRIPTION =
  'Until when its URLs are good; null: for ever (STREAM_PROTECTION=none). To go on playing, ask again before that and ' +
  'put the new ticket, the path segment behind "/t/", into every further request: the rest of each URL stays the same ' +
  'while `generation` does. A request that comes too late is answered 403 TICKET_EXPIRED; ask again then, too.';

@ObjectType({ description: 'One quality of a song, playable by itself.' })
export class HlsQuality extends Rendition {
  @Field(() => QualityLabel, { description: 'What a person calls it.' })
  label: QualityLabel;

  @Field({ description: 'Media playlist (.m3u8) of this quality alone.' })
  url: string;
}

/** Every fact of the sound, nullable; the fields that HlsSources declares again have more to say about that. */
const NullableFacts = PartialType(SoundFacts) as Type<unknown> as Type<FactsOrNulls>;

@ObjectType({ description: 'Everything a player needs to play one song.' })
export class HlsSources extends NullableFacts {
  @Field(() => ID, { description: 'Song.id' })
  songId: string;

  @Field({
    description: 'Whether `masterPlaylist` can be played. False until the first transcode is published.',
  })
  hlsAvailable: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Adaptive playlist (.m3u8) for the player; null while not available.',
  })
  masterPlaylist: string | null;

  @Field(() => [HlsQuality], {
    description:
      'Lowest first; empty while not available. Up to four: those above the bit rate of a lossy original may have been left out (LADDER_CAP_TO_SOURCE).',
  })
  qualities: HlsQuality[];

  @Field({
    description: 'The original file; plays at once, before anything is transcoded, and supports Range.',
  })
  fallbackUrl: string;

  @Field(() => ID, { nullable: true, description: 'Which generation this is; null while not available.' })
  generation: string | null;

  @Field(() => Float, { description: 'Playing time, seconds.' })
  durationSeconds: number;

  @Field(() => Loudness, { nullable: true, description: `How loud it is; ${NULL_WITHOUT_FACTS}` })
  override loudness: Loudness | null;

  @Field(() => Gapless, {
    nullable: true,
    description: `What to cut off to join songs without a gap (see SongAudio.gapless); ${NULL_WITHOUT_FACTS}`,
  })
  override gapless: Gapless | null;

  @Field(() => Silence, {
    nullable: true,
    description: `How much of its ends is silent; ${NULL_WITHOUT_FACTS}`,
  })
  override silence: Silence | null;

  @Field(() => String, {
    nullable: true,
    description: `${PEAKS_URL_DESCRIPTION} It is ${NULL_WITHOUT_FACTS}`,
  })
  peaksUrl: string | null;

  @Field(() => Date, { nullable: true, description: EXPIRES_AT_DESCRIPTION })
  expiresAt: Date | null;
}
