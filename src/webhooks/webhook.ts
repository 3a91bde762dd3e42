import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { HydratedDocument } from 'mongoose';
import { databaseTime } from '../platform/mongo/database-clock.js';

export enum WebhookEvent {
  SONG_READY = 'SONG_READY',
  SONG_FAILED = 'SONG_FAILED',
}

registerEnumType(WebhookEvent, {
  name: 'WebhookEvent',
  description: 'What a webhook can be told.',
  valuesMap: {
    SONG_READY: { description: '`song.ready`: a generation was published.' },
    SONG_FAILED: { description: '`song.failed`: a run was given up.' },
  },
});

@ObjectType({ description: 'An address of yours that we tell of events by a signed POST.' })
@Schema({ timestamps: { currentTime: databaseTime }, collection: 'webhooks' })
export class Webhook {
  @Field(() => ID, { description: 'Never changes.' })
  id: string;

  @Field({ description: 'Where events are sent.' })
  @Prop({ required: true })
  url: string;

  @Field(() => [WebhookEvent], { description: 'What it is told.' })
  @Prop({ type: [String], enum: WebhookEvent, required: true })
  events: WebhookEvent[];

  @Field({ description: 'Whether it is told anything at present.' })
  @Prop({ required: true, default: true })
  enabled: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why we stopped telling it; null unless we did.',
  })
  @Prop({ type: String, default: null })
  disabledReason: string | null;

  @Field(() => Int, { description: 'Deliveries given up one after the other since the last that arrived.' })
  @Prop({ required: true, default: 0 })
  failures: number;

  @Field({ description: 'When it was made; it is told of what happened since.' })
  createdAt: Date;

  /** Signs deliveries. Needed in the clear to sign, so it is kept so, and never read without need. */
  @Prop({ required: true, select: false })
  secret: string;
}

export type WebhookDocument = HydratedDocument<Webhook>;
export const WebhookSchema = SchemaFactory.createForClass(Webhook);
WebhookSchema.index({ enabled: 1 });

@ObjectType({ description: 'A new webhook and what its deliveries are signed with.' })
export class CreatedWebhook {
  @Field(() => Webhook, { description: 'The webhook.' })
  webhook: Webhook;

  @Field({
    description:
      'Shown only here. Every delivery carries `X-Signature: t=<unix seconds>,v1=<hex>`, where hex is HMAC-SHA256 with ' +
      'this secret of "<t>.<body>"; compare in constant time and refuse a `t` more than five minutes off.',
  })
  secret: string;
}
