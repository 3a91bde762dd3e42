import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** How far the outbox has been written. */
@Schema({ collection: 'webhook_marks' })
export class WebhookCursor {
  @Prop({ type: String })
  _id: string;

  /** Runs that ended up to this time are in the outbox. */
  @Prop({ required: true })
  reachedAt: Date;
}

export const WebhookCursorSchema = SchemaFactory.createForClass(WebhookCursor);
