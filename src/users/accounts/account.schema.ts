import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { HydratedDocument } from 'mongoose';
import { Connection } from '../../platform/graphql/connection.js';

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

  /** Normalised (email.ts). Its GraphQL field is in accounts.resolver.ts, which decides who may read it. */
  @Prop({ required: true, unique: true })
  email: string;

  @Field(() => Role, { description: 'What this account may do.' })
  @Prop({ type: String, enum: Role, required: true, index: true })
  role: Role;

  @Field({ description: 'When it was registered.' })
  createdAt: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'Since when this account may not sign in; null while it may.',
  })
  @Prop({ type: Date, default: null })
  suspendedAt: Date | null;

  /** argon2id, PHC string. */
  @Prop({ required: true })
  passwordHash: string;

  /**
   * Incremented to end every session at once: a session is valid only while the epoch is as it was when it was opened.
   */
  @Prop({ default: 0 })
  epoch: number;

  /** Set while it is being decided whether this administrator may be removed (last-admin-guard.service.ts). */
  @Prop({ type: Date, default: null })
  leavingAdminAt: Date | null;
}

@ObjectType({ description: 'A page of accounts.' })
export class AccountConnection extends Connection(Account, 'accounts') {}

export type AccountDocument = HydratedDocument<Account>;
export const AccountSchema = SchemaFactory.createForClass(Account);
