import { Field, Float, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';

export enum UploadProtocol {
  PUT = 'PUT',
  TUS = 'TUS',
}

registerEnumType(UploadProtocol, {
  name: 'UploadProtocol',
  description: 'How the bytes of an upload travel.',
  valuesMap: {
    PUT: { description: 'One HTTP PUT to the media store itself; this server does not see the bytes pass.' },
    TUS: {
      description:
        'tus 1.0.0 (tus.io) to this server, without its creation extension: HEAD says how much has arrived, PATCH goes on ' +
        'there, DELETE gives it up. For slow and broken lines.',
    },
  },
});

@ObjectType({ description: 'A header of an HTTP request.' })
export class UploadHeader {
  @Field({ description: 'As in HTTP, "Content-Type".' })
  name: string;

  @Field({ description: 'To be sent exactly as it is.' })
  value: string;
}

@ObjectType({ description: 'A place for one file that is still to be sent.' })
@Schema({ collection: 'pending_uploads' })
export class PendingUpload {
  @Prop({ type: String })
  _id: string;

  @Field(() => ID, { description: 'For `completeUpload`. A random word; only who made it may use it.' })
  id: string;

  /** Whose it is. */
  @Prop({ required: true })
  accountId: string;

  @Field(() => UploadProtocol, { description: 'How to send the file.' })
  @Prop({ type: String, required: true })
  protocol: UploadProtocol;

  @Field(() => Float, { description: 'How many it will be, as promised.' })
  @Prop({ required: true })
  bytes: number;

  /** As the client calls it. */
  @Prop({ default: '' })
  fileName: string;

  /** As the client has calculated it. */
  @Prop({ type: String })
  sha256?: string;

  /** Where a PUT goes. */
  @Prop({ type: String, required: true })
  store: StoreName;

  @Field({
    description:
      'Until then the file must have been sent and completed, else what has arrived is removed. With TUS every byte that ' +
      'arrives puts it off.',
  })
  @Prop({ required: true, index: true })
  expiresAt: Date;

  /** Who judges it just now, and until when that counts unless they renew it. */
  @Prop({ type: String, default: null })
  claimedBy: string | null;

  @Prop({ type: Date, default: null })
  claimedUntil: Date | null;

  @Field({ description: 'Where to send the file.' })
  url: string;

  @Field(() => [UploadHeader], {
    description:
      'PUT: to be sent exactly, none besides; the signature covers them. TUS: empty; send your token, as with GraphQL.',
  })
  headers: UploadHeader[];
}

/** What is stored of it. */
export type StoredUpload = Omit<PendingUpload, 'id' | 'url' | 'headers'>;

export const PendingUploadSchema = SchemaFactory.createForClass(PendingUpload);
