import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

export enum ProcessingState {
  QUEUED = 'QUEUED',
  TRANSCODING = 'TRANSCODING',
  READY = 'READY',
  FAILED = 'FAILED',
}

registerEnumType(ProcessingState, {
  name: 'ProcessingState',
  description: 'Where a song stands on its way from upload to adaptive playback.',
  valuesMap: {
    QUEUED: { description: 'Waits for a worker, for the first time or to be tried again.' },
    TRANSCODING: { description: 'A worker is making the qualities.' },
    READY: { description: 'The latest run is published.' },
    FAILED: {
      description: 'The latest run was given up; `error` says why. An earlier generation still plays.',
    },
  },
});

@ObjectType({ description: 'Why a run failed or is being tried again.' })
@Schema({ _id: false })
export class ProcessingError {
  @Field({ description: 'Stable; branch on this.' })
  @Prop({ required: true })
  code: string;

  @Field({ description: 'One sentence for a person.' })
  @Prop({ required: true })
  message: string;

  @Field({ description: 'Whether `processSong` could succeed without a new upload.' })
  @Prop({ required: true })
  retryable: boolean;
}

@ObjectType({ description: 'The truth about the latest run, at any moment.' })
@Schema({ _id: false })
export class Processing {
  @Field(() => ProcessingState, { description: 'Where the run stands.' })
  @Prop({ type: String, enum: ProcessingState, required: true })
  state: ProcessingState;

  @Field(() => Int, { description: 'How much of the work is done, 0 to 100.' })
  @Prop({ required: true })
  percent: number;

  @Field(() => Int, { description: 'Which try of this run it is, from 1.' })
  @Prop({ required: true })
  attempt: number;

  @Field({ description: 'When this run was asked for.' })
  @Prop({ required: true })
  queuedAt: Date;

  @Field(() => Date, { nullable: true, description: 'When a worker began the present try; null before.' })
  @Prop({ type: Date, default: null })
  startedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When the run became READY or FAILED; null before.' })
  @Prop({ type: Date, default: null })
  finishedAt: Date | null;

  @Field(() => ProcessingError, {
    nullable: true,
    description: 'What went wrong in the latest try; null if nothing.',
  })
  @Prop({ type: SchemaFactory.createForClass(ProcessingError), default: null })
  error: ProcessingError | null;

  /** How much of each quality the latest try makes is encoded, by its name, percent; null before it began. */
  @Prop({ type: Object, default: null })
  encoded: Record<string, number> | null;

  /** The queue's job that will do, or does, this run. */
  @Prop({ required: true })
  jobId: string;

  /** Which attempt owns the song; also the generation it writes. Only the owner may report or publish. */
  @Prop({ type: String, default: null })
  attemptId: string | null;

  /** The owner's last sign of life. */
  @Prop({ type: Date, default: null })
  heartbeatAt: Date | null;
}
