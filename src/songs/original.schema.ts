import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Prop, Schema } from '@nestjs/mongoose';
import type { StoreName } from '../platform/config/store-settings.js';

@ObjectType({
  description: 'The file as it was uploaded, except that repeated headers of an Ogg Vorbis file are removed.',
})
@Schema({ _id: false })
export class Original {
  @Prop({ required: true })
  key: string;

  /** The store that holds it. */
  @Prop({ type: String, default: 'local' })
  store: StoreName;

  /** Id of the pending upload it was received by. Unique, so that one upload cannot make two songs. */
  @Prop({ type: String })
  uploadId?: string;

  @Prop({ required: true })
  sha256: string;

  @Field(() => Float, { description: 'Size, bytes.' })
  @Prop({ required: true })
  bytes: number;

  @Field({ description: 'Media type as detected from the content; the file name is not trusted.' })
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
