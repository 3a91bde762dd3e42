import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** A storage key or prefix that no song references yet, or any more. */
@Schema({ collection: 'unreferenced_media' })
export class UnreferencedEntry {
  /** The key, or with a trailing "/" the prefix. */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true })
  songId: string;

  @Prop({ required: true, index: true })
  removeAfter: Date;

  /** True if the song is about to drop its reference; false if it does not have one yet. */
  @Prop({ default: false })
  leaving: boolean;
}

export const UnreferencedEntrySchema = SchemaFactory.createForClass(UnreferencedEntry);
