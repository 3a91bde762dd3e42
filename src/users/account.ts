import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { HydratedDocument } from 'mongoose';

export enum Role {
  LISTENER = 'LISTENER',
  ADMIN = 'ADMIN',
}

registerEnumType(Role, {
  name: 'Role',
  description: 'What an account may do.',
  valuesMap: {
    LISTENER: { description: 'Listens, and keeps playlists.' },
    ADMIN: { description: 'Uploads songs and manages the library; may do what a listener may.' },
  },
});

@ObjectType({ description: 'Somebody who can sign in.' })
@Schema({ timestamps: true, collection: 'users' })
export class Account {
  @Field(() => ID, { description: 'Never changes.' })
  id: string;

  /** Lower case; how a person signs in. */
  @Field({ description: 'How this person signs in; lower case.' })
  @Prop({ required: true, unique: true })
  email: string;

  @Field(() => Role, { description: 'What this account may do.' })
  @Prop({ type: String, enum: Role, required: true })
  role: Role;

  /** argon2id, PHC string. */
  @Prop({ required: true })
  passwordHash: string;
}

export type AccountDocument = HydratedDocument<Account>;
export const AccountSchema = SchemaFactory.createForClass(Account);
