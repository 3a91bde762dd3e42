import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { QualityLabel } from '../songs/quality.js';

@ObjectType({ description: 'One quality of a song, playable by itself.' })
export class HlsQuality {
  @Field({ description: '"64k", "128k", "256k" or "320k".' })
  name: string;

  @Field(() => QualityLabel, { description: 'What a person calls it.' })
  label: QualityLabel;

  @Field(() => Int, { description: 'Nominal bit rate of the audio, kbit/s.' })
  bitrateKbps: number;

  @Field(() => Int, {
    description: 'Peak bit rate on the wire as measured, bit/s; what a line must sustain.',
  })
  bandwidth: number;

  @Field(() => Int, { description: 'Mean bit rate on the wire as measured, bit/s.' })
  averageBandwidth: number;

  @Field({ description: 'RFC 6381 codecs string, for MediaSource.isTypeSupported.' })
  codecs: string;

  @Field({ description: 'Media playlist (.m3u8) of this quality alone.' })
  url: string;

  @Field(() => Float, { description: 'All its files together, bytes.' })
  bytes: number;
}

@ObjectType({ description: 'Everything a player needs to play one song.' })
export class HlsSources {
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

  @Field(() => [HlsQuality], { description: 'Lowest first; empty while not available.' })
  qualities: HlsQuality[];

  @Field({
    description: 'The original file; plays at once, before anything is transcoded, and supports Range.',
  })
  fallbackUrl: string;

  @Field(() => ID, { nullable: true, description: 'Which generation this is; null while not available.' })
  generation: string | null;

  @Field(() => Float, { description: 'Playing time, seconds.' })
  durationSeconds: number;
}
