import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';
import type { OwnerKind } from './owner.js';

/** Media that was moved to another store and may still exist in the old one. */
@Schema({ collection: 'moved_media', versionKey: false })
export class MovedMedia {
  /** "<store>:<key or prefix>" */
  @Prop({ type: String })
  _id: string;

  @Prop({ type: String, required: true })
  from: StoreName;

  /** Key, or prefix with a trailing "/". */
  @Prop({ required: true })
  at: string;

  @Prop({ type: String, required: true })
  kind: OwnerKind;

  @Prop({ required: true })
  ownerId: string;

  @Prop({ required: true })
  movedAt: Date;
}

export const MovedMediaSchema = SchemaFactory.createForClass(MovedMedia);
MovedMediaSchema.index({ from: 1, movedAt: 1, _id: 1 });
