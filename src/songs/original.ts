import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Prop, Schema } from '@nestjs/mongoose';
import type { StoreName } from '../platform/config/store-settings.js';

@ObjectType({
  description: 'The file as it was uploaded, save that repeated headers of an Ogg Vorbis are taken out.',
})
@Schema({ _id: false })
export class Original {
  @Prop({ required: true })
  key: string;

  /** The store that holds it. */
  @Prop({ type: String, default: 'local' })
  store: StoreName;

  /** The pending upload it came by: makes two songs of one upload impossible, whoever calls twice. */
  @Prop({ type: String })
  uploadId?: string;

  @Prop({ required: true })
  sha256: string;

  @Field(() => Float, { description: 'Size, bytes.' })
  @Prop({ required: true })
  bytes: number;

  @Field({ description: 'Media type, as found in the file: the name it came with is not trusted.' })
  @Prop({ required: true })
  contentType: string;

  @Field({ description: 'Codec of the audio stream, "flac".' })
  @Prop({ required: true })
  codec: string;

  @Field(() => Int, { description: 'Mean bit rate of the audio, kbit/s.' })
  @Prop({ required: true })
  bitrateKbps: number;

  @Field(() => Int, { description: 'Samples per second and channel.' })
  @Prop({ required: true })
  sampleRateHz: number;

  @Field(() => Int, { description: 'Number of channels.' })
  @Prop({ required: true })
  channels: number;
}
