import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';
import { SoundFacts, SoundFactsSchema } from './sound-facts.schema.js';

/** One quality of one generation, measured from the published files. Clients get it as HlsQuality, which extends it. */
@ObjectType({ isAbstract: true })
@Schema({ _id: false })
export class Rendition {
  @Field({ description: '"64k", "128k", "256k" or "320k".' })
  @Prop({ required: true })
  name: string;

  @Field(() => Int, { description: 'Nominal bit rate of the audio, kbit/s.' })
  @Prop({ required: true })
  bitrateKbps: number;

  /** Peak segment bit rate (RFC 8216 4.3.4.2 BANDWIDTH). */
  @Field(() => Int, {
    description: 'Peak bit rate on the wire as measured, bit/s; what a connection must sustain.',
  })
  @Prop({ required: true })
  bandwidth: number;

  /** Over the whole rendition (RFC 8216 4.3.4.2 AVERAGE-BANDWIDTH). */
  @Field(() => Int, { description: 'Mean bit rate on the wire as measured, bit/s.' })
  @Prop({ required: true })
  averageBandwidth: number;

  @Field({ description: 'RFC 6381 codecs string, for MediaSource.isTypeSupported.' })
  @Prop({ required: true })
  codecs: string;

  /** Segments and playlist. */
  @Field(() => Float, { description: 'All its files together, bytes.' })
  @Prop({ required: true })
  bytes: number;

  @Prop({ required: true })
  segments: number;
}

@ObjectType({ description: 'One complete, immutable HLS package of a song. Each run makes a new one.' })
@Schema({ _id: false })
export class Generation {
  @Field(() => ID, { description: 'Part of every URL of this package; sorts by age. For `rollbackSong`.' })
  @Prop({ required: true })
  id: string;

  /** The store that holds it. */
  @Prop({ type: String, default: 'local' })
  store: StoreName;

  @Field({ description: 'When it was published.' })
  @Prop({ required: true })
  createdAt: Date;

  @Field(() => Float, { description: 'Playing time of every quality, seconds.' })
  @Prop({ required: true })
  durationSeconds: number;

  @Field(() => Float, { description: 'All its files together, bytes.' })
  @Prop({ required: true })
  bytes: number;

  @Prop({ type: [SchemaFactory.createForClass(Rendition)], required: true })
  renditions: Rendition[];

  /** Null in generations made before sound was measured; a new run measures it. */
  @Prop({ type: SoundFactsSchema, default: null })
  facts: SoundFacts | null;
}
