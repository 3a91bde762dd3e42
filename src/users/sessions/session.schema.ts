import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, Types } from 'mongoose';

export enum SessionCarrier {
  TOKEN = 'TOKEN',
  COOKIE = 'COOKIE',
}

registerEnumType(SessionCarrier, {
  name: 'SessionCarrier',
  description: 'How a session travels.',
  valuesMap: {
    TOKEN: { description: 'You get the token and send it as `Authorization: Bearer <token>`.' },
    COOKIE: {
      description:
        'A cookie that no script can read, for the page this server serves itself; anybody else is refused one.',
    },
  },
});

@ObjectType({ description: 'A proof of who you are. Send it as `Authorization: Bearer <token>`.' })
export class Session {
  @Field(() => String, {
    nullable: true,
    description: 'Opaque and secret; shown only here. Null when a cookie carries it.',
  })
  token: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Says that this device has signed in before. Keep it when the session ends and send it with the next `login`, so that ' +
      'other people’s wrong guesses do not stop you; a new password makes it worthless. Null when a cookie carries it.',
  })
  device: string | null;

  @Field({ description: 'When it ends unless it is used before; every use extends it.' })
  expiresAt: Date;
}

/** A session as it is stored, without the token itself. */
@Schema({ collection: 'sessions' })
export class StoredSession {
  /** SHA-256 of the token, hex. */
  @Prop({ required: true, unique: true })
  tokenHash: string;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  accountId: Types.ObjectId;

  /** Account.epoch when the session was opened; the session has ended when they differ. */
  @Prop({ default: 0 })
  epoch: number;

  @Prop({ required: true, index: { expireAfterSeconds: 0 } })
  expiresAt: Date;
}

export const StoredSessionSchema = SchemaFactory.createForClass(StoredSession);
StoredSessionSchema.index({ accountId: 1, expiresAt: -1 });
