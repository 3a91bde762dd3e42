import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type HydratedDocument, type Types } from 'mongoose';
import { Connection } from '../platform/graphql/connection.js';
import { WebhookEvent } from './webhook.schema.js';

const LOG_SECONDS = 30 * 86_400;

export enum DeliveryState {
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  GIVEN_UP = 'GIVEN_UP',
}

registerEnumType(DeliveryState, {
  name: 'WebhookDeliveryState',
  description: 'State of a delivery.',
  valuesMap: {
    PENDING: { description: 'Waits for its first or next attempt.' },
    DELIVERED: { description: 'The receiver answered 2xx.' },
    GIVEN_UP: { description: 'All attempts failed, or the webhook was disabled.' },
  },
});

@ObjectType('WebhookTry', { description: 'One attempt to send a delivery.' })
@Schema({ _id: false })
export class DeliveryTry {
  @Field({ description: 'When it ended.' })
  @Prop({ required: true })
  at: Date;

  @Field(() => Int, { nullable: true, description: 'HTTP status; null when there was no response.' })
  @Prop({ type: Number, default: null })
  status: number | null;

  @Field(() => Int, { description: 'How long it took, milliseconds.' })
  @Prop({ required: true })
  durationMs: number;

  @Field(() => String, { nullable: true, description: 'Why it failed; null when it did not.' })
  @Prop({ type: String, default: null })
  error: string | null;

  @Field({ description: 'The beginning of the response body, at most 1 KiB.' })
  @Prop({ default: '' })
  response: string;
}

@ObjectType({ description: 'One event on its way to one webhook; kept for 30 days.' })
@Schema({ collection: 'webhook_deliveries' })
export class WebhookDelivery {
  @Field(() => ID, {
    description:
      'Sent as `X-Delivery-Id`, the same for every attempt: a receiver that has seen it may ignore the delivery.',
  })
  id: string;

  @Field(() => WebhookEvent, { description: 'The event that is delivered.' })
  @Prop({ type: String, enum: WebhookEvent, required: true })
  event: WebhookEvent;

  @Field(() => ID, { description: 'Song.id' })
  @Prop({ required: true })
  songId: string;

  @Field(() => DeliveryState, { description: 'State of the delivery.' })
  @Prop({ type: String, enum: DeliveryState, required: true })
  state: DeliveryState;

  @Field({ description: 'When it was put in the outbox.' })
  @Prop({ required: true, index: { expireAfterSeconds: LOG_SECONDS } })
  createdAt: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'Earliest time of the next attempt; null when the delivery has ended.',
  })
  @Prop({ type: Date, default: null })
  dueAt: Date | null;

  @Field(() => [DeliveryTry], { description: 'All attempts, oldest first.' })
  @Prop({ type: [SchemaFactory.createForClass(DeliveryTry)], default: [] })
  tries: DeliveryTry[];

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  webhookId: Types.ObjectId;

  /**
   * Made of webhook, song and time, and unique, so that the outbox gets each event once from all processes together.
   */
  @Prop({ required: true, unique: true })
  key: string;

  /** JSON, exactly as sent with every attempt. */
  @Prop({ required: true })
  body: string;
}

export type WebhookDeliveryDocument = HydratedDocument<WebhookDelivery>;
export const WebhookDeliverySchema = SchemaFactory.createForClass(WebhookDelivery);
WebhookDeliverySchema.index({ state: 1, dueAt: 1 });
WebhookDeliverySchema.index({ webhookId: 1, _id: -1 });

@ObjectType({ description: 'Deliveries of a webhook, newest first.' })
export class WebhookDeliveryConnection extends Connection(WebhookDelivery, 'deliveries') {}
