import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';
import { SoundFacts } from './sound-facts.schema.js';

/** One quality of one generation, measured from the published files. */
@Schema({ _id: false })
export class Rendition {
  /** Name of the ladder's rung, such as "128k". */
  @Prop({ required: true })
  name: string;

  /** The encoder's nominal bit rate, kbit/s. */
  @Prop({ required: true })
  bitrateKbps: number;

  /** Peak segment bit rate, bit/s (RFC 8216 4.3.4.2 BANDWIDTH). */
  @Prop({ required: true })
  bandwidth: number;

  /** Bit/s over the whole rendition (RFC 8216 4.3.4.2 AVERAGE-BANDWIDTH). */
  @Prop({ required: true })
  averageBandwidth: number;

  /** RFC 6381 codecs string. */
  @Prop({ required: true })
  codecs: string;

  /** Segments and playlist together, bytes. */
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
  @Prop({ type: SchemaFactory.createForClass(SoundFacts), default: null })
  facts: SoundFacts | null;
}
