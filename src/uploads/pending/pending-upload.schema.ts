import { Field, Float, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';

export enum UploadProtocol {
  PUT = 'PUT',
  TUS = 'TUS',
}

registerEnumType(UploadProtocol, {
  name: 'UploadProtocol',
  description: 'How the bytes of an upload are sent.',
  valuesMap: {
    PUT: {
      description: 'One HTTP PUT to the media store itself; the bytes do not pass through this server.',
    },
    TUS: {
      description:
        'tus 1.0.0 (tus.io) to this server, without its creation extension: HEAD says how much has arrived, PATCH ' +
        'continues there, DELETE cancels the upload. For slow and unreliable connections.',
    },
  },
});

@ObjectType({ description: 'A header of an HTTP request.' })
export class UploadHeader {
  @Field({ description: 'Name of the header, such as "Content-Type".' })
  name: string;

  @Field({ description: 'Value of the header; send it unchanged.' })
  value: string;
}

@ObjectType({ description: 'An upload slot for one file that is still to be sent.' })
@Schema({ collection: 'pending_uploads' })
export class PendingUpload {
  @Prop({ type: String })
  _id: string;

  @Field(() => ID, {
    description: 'For `completeUpload`. Random; only the account that created the upload may use it.',
  })
  id: string;

  /** The account that created the upload. */
  @Prop({ required: true })
  accountId: string;

  @Field(() => UploadProtocol, { description: 'How to send the file.' })
  @Prop({ type: String, required: true })
  protocol: UploadProtocol;

  @Field(() => Float, { description: 'Size of the file as announced to `createUpload`, bytes.' })
  @Prop({ required: true })
  bytes: number;

  /** Name of the file as given by the client; empty when the client gave none. */
  @Prop({ default: '' })
  fileName: string;

  /** SHA-256 as calculated by the client, 64 hex digits. */
  @Prop({ type: String })
  sha256?: string;

  /** The store that receives a PUT. */
  @Prop({ type: String, required: true })
  store: StoreName;

  @Field({
    description:
      'The file must be sent and completed before this time; otherwise the bytes received so far are removed. With ' +
      'TUS every byte that arrives extends it.',
  })
  @Prop({ required: true, index: true })
  expiresAt: Date;

  /** Id of the claim under which a process validates the upload now; null when no process does. */
  @Prop({ type: String, default: null })
  claimedBy: string | null;

  /** When the claim expires unless its holder renews it; null without a claim. */
  @Prop({ type: Date, default: null })
  claimedUntil: Date | null;

  @Field({ description: 'Where to send the file.' })
  url: string;

  @Field(() => [UploadHeader], {
    description:
      'PUT: send exactly these headers and no others, because the signature covers them. TUS: empty; send your ' +
      'token, as with GraphQL.',
  })
  headers: UploadHeader[];
}

/** The fields of an upload that are stored. */
export type StoredUpload = Omit<PendingUpload, 'id' | 'url' | 'headers'>;

export const PendingUploadSchema = SchemaFactory.createForClass(PendingUpload);
