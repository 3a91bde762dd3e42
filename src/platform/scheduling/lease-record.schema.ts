import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Which process does a task that only one may do at a time. */
@Schema({ collection: 'leases' })
export class LeaseRecord {
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true })
  holder: string;

  @Prop({ required: true })
  expiresAt: Date;
}

export const LeaseSchema = SchemaFactory.createForClass(LeaseRecord);
