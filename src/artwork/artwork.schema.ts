import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../platform/config/store-settings.js';

/** Every size exists in each of the formats. */
export type ArtworkFormat = 'webp' | 'jpg';

/** Pixels. */
@Schema({ _id: false })
export class ArtworkSize {
  @Prop({ required: true })
  width: number;

  @Prop({ required: true })
  height: number;
}

@ObjectType({ description: 'A cover: one picture in a few sizes, and what to show until it has loaded.' })
@Schema({ _id: false })
export class Artwork {
  // Neither prefix nor sizes is a @Field: URLs are built when they are read (artwork-images.ts), never stored.
  @Prop({ required: true })
  prefix: string;

  /** The store that has the images. */
  @Prop({ type: String, default: 'local' })
  store: StoreName;

  /** Total size of the images, bytes; absent in covers stored before this field existed. */
  @Prop({ type: Number })
  bytes?: number;

  /** Smallest first. */
  @Prop({ type: [SchemaFactory.createForClass(ArtworkSize)], required: true })
  sizes: ArtworkSize[];

  @Prop({ type: [String], required: true })
  formats: ArtworkFormat[];

  @Field({ description: 'The colour the picture has most of, "#rrggbb" in sRGB.' })
  @Prop({ required: true })
  dominantColour: string;

  @Field({
    description: 'The picture at most 16 pixels wide and high, as a data: URI to show until it has loaded.',
  })
  @Prop({ required: true })
  placeholder: string;
}

@ObjectType({ description: 'One size and format of a cover.' })
export class ArtworkImage {
  @Field({ description: 'Where the image is; it never changes there.' })
  url: string;

  @Field(() => Int, { description: 'Pixels.' })
  width: number;

  @Field(() => Int, { description: 'Pixels.' })
  height: number;

  @Field({ description: 'Media type: "image/webp", or "image/jpeg" for those who cannot show it.' })
  contentType: string;
}
