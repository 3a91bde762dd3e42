import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Cleanup entry of a storage prefix that no album refers to yet, or any more. */
@Schema({ collection: 'unreferenced_album_media' })
export class UnreferencedAlbumMedia {
  /** The prefix, with its trailing "/". */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true })
  albumId: string;

  @Prop({ required: true, index: true })
  removeAfter: Date;
}

export const UnreferencedAlbumMediaSchema = SchemaFactory.createForClass(UnreferencedAlbumMedia);
