import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { HydratedDocument } from 'mongoose';
import { databaseTime } from '../platform/mongo/database-clock.service.js';

export enum WebhookEvent {
  SONG_READY = 'SONG_READY',
  SONG_FAILED = 'SONG_FAILED',
}

registerEnumType(WebhookEvent, {
  name: 'WebhookEvent',
  description: 'An event that can be sent to a webhook.',
  valuesMap: {
    SONG_READY: { description: '`song.ready`: a generation was published.' },
    SONG_FAILED: { description: '`song.failed`: a run failed for good.' },
  },
});

@ObjectType({ description: 'A URL to which the server sends events by signed POST requests.' })
@Schema({ timestamps: { currentTime: databaseTime }, collection: 'webhooks' })
export class Webhook {
  @Field(() => ID, { description: 'Never changes.' })
  id: string;

  @Field({ description: 'Where events are sent.' })
  @Prop({ required: true })
  url: string;

  @Field(() => [WebhookEvent], { description: 'Events that are sent to it.' })
  @Prop({ type: [String], enum: WebhookEvent, required: true })
  events: WebhookEvent[];

  @Field({ description: 'Whether events are sent to it at present.' })
  @Prop({ required: true, default: true })
  enabled: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why the server disabled it; null unless it did.',
  })
  @Prop({ type: String, default: null })
  disabledReason: string | null;

  @Field(() => Int, { description: 'Number of failed deliveries since the last one that arrived.' })
  @Prop({ required: true, default: 0 })
  failures: number;

  @Field({ description: 'When it was created; it gets the events since then.' })
  createdAt: Date;

  /** Key that signs deliveries. Signing needs it in plain text, so it is stored so and only read when it is needed. */
  @Prop({ required: true, select: false })
  secret: string;
}

export type WebhookDocument = HydratedDocument<Webhook>;
export const WebhookSchema = SchemaFactory.createForClass(Webhook);
WebhookSchema.index({ enabled: 1 });

@ObjectType({ description: 'A new webhook and the secret that signs its deliveries.' })
export class CreatedWebhook {
  @Field(() => Webhook, { description: 'The webhook.' })
  webhook: Webhook;

  @Field({
    description:
      'Shown only here. Every delivery carries `X-Signature: t=<unix seconds>,v1=<hex>`, where hex is HMAC-SHA256 ' +
      'with this secret of "<t>.<body>"; compare in constant time and refuse a `t` more than five minutes off.',
  })
  secret: string;
}
