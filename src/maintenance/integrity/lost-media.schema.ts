import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';
import type { MediaOwner, PartKind } from './media-owners.service.js';

/** Media that a song or an album refers to but that is missing or incomplete in its store. */
@Schema({ collection: 'lost_media', versionKey: false })
export class LostMedia {
  /** Key, or prefix with a trailing "/". */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true, index: true })
  ownerId: string;

  @Prop({ type: String, required: true })
  ownerKind: MediaOwner['kind'];

  @Prop({ type: String, required: true })
  part: PartKind;

  @Prop({ type: String, required: true })
  store: StoreName;

  /** When it was first found missing; it has been missing in every check since. */
  @Prop({ required: true })
  since: Date;

  /** When it is due to be checked again. */
  @Prop({ required: true, index: true })
  lookAt: Date;
}

export const LostMediaSchema = SchemaFactory.createForClass(LostMedia);
