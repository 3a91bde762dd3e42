import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type HydratedDocument, type Types } from 'mongoose';
import { Connection } from '../../platform/graphql/connection.js';
import { AccessScope } from './access-scope.js';

@ObjectType({ description: 'A personal access token: what a script signs in with instead of your password.' })
@Schema({ collection: 'access_tokens', timestamps: { createdAt: true, updatedAt: false } })
export class AccessToken {
  @Field(() => ID, { description: 'For `revokeAccessToken`. Not secret.' })
  id: string;

  @Field({ description: 'What you called it, 1 to 100 characters.' })
  @Prop({ required: true })
  name: string;

  @Field(() => AccessScope, { description: 'What it may do, at most.' })
  @Prop({ type: String, enum: AccessScope, required: true })
  scope: AccessScope;

  @Field({ description: 'When it was made.' })
  createdAt: Date;

  @Field(() => Date, { nullable: true, description: 'When it ends; null for never.' })
  @Prop({ type: Date, default: null, index: { expireAfterSeconds: 0 } })
  expiresAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When it was last used, to within ten minutes; null when it never was.',
  })
  @Prop({ type: Date, default: null })
  lastUsedAt: Date | null;

  /** When it was revoked; it is removed as soon as every process has confirmed that. */
  @Prop({ type: Date, default: null })
  revokedAt: Date | null;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  accountId: Types.ObjectId;

  /** SHA-256 of the token, hex. */
  @Prop({ required: true, unique: true })
  tokenHash: string;
}

@ObjectType({ description: 'A page of personal access tokens.' })
export class AccessTokenConnection extends Connection(AccessToken, 'access tokens') {}

@ObjectType({ description: 'A personal access token just made.' })
export class CreatedAccessToken {
  @Field({
    description:
      'The secret: send it as `Authorization: Bearer <token>`. Shown only now; the server cannot show it again.',
  })
  token: string;

  @Field({ description: 'What is known of it from now on.' })
  accessToken: AccessToken;
}

export type AccessTokenDocument = HydratedDocument<AccessToken>;
export const AccessTokenSchema = SchemaFactory.createForClass(AccessToken);
AccessTokenSchema.index({ accountId: 1, _id: -1 });
