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
  description: 'State of a song between upload and adaptive playback.',
  valuesMap: {
    QUEUED: { description: 'Waits for a worker, for its first or another attempt.' },
    TRANSCODING: { description: 'A worker is making the qualities.' },
    READY: { description: 'The latest run is published.' },
    FAILED: {
      description: 'The latest run failed for good; `error` says why. An earlier generation still plays.',
    },
  },
});

@ObjectType({ description: 'Why a run failed or is being retried.' })
@Schema({ _id: false })
export class ProcessingError {
  @Field({ description: 'A stable code for programs.' })
  @Prop({ required: true })
  code: string;

  @Field({ description: 'One sentence for users.' })
  @Prop({ required: true })
  message: string;

  @Field({ description: 'Whether `processSong` could succeed without a new upload.' })
  @Prop({ required: true })
  retryable: boolean;
}

@ObjectType({ description: 'Current state of the latest run.' })
@Schema({ _id: false })
export class Processing {
  @Field(() => ProcessingState, { description: 'State of the run.' })
  @Prop({ type: String, enum: ProcessingState, required: true })
  state: ProcessingState;

  @Field(() => Int, { description: 'Share of the work that is done, 0 to 100.' })
  @Prop({ required: true })
  percent: number;

  @Field(() => Int, { description: 'Number of the current attempt in this run, from 1.' })
  @Prop({ required: true })
  attempt: number;

  @Field({ description: 'When this run was requested.' })
  @Prop({ required: true })
  queuedAt: Date;

  @Field(() => Date, { nullable: true, description: 'When a worker began the current attempt; null before.' })
  @Prop({ type: Date, default: null })
  startedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When the run became READY or FAILED; null before.' })
  @Prop({ type: Date, default: null })
  finishedAt: Date | null;

  @Field(() => ProcessingError, {
    nullable: true,
    description: 'Error of the latest attempt; null if there was none.',
  })
  @Prop({ type: SchemaFactory.createForClass(ProcessingError), default: null })
  error: ProcessingError | null;

  /** Encoded share of each quality of the latest attempt, by its name, percent; null before the attempt began. */
  @Prop({ type: Object, default: null })
  encoded: Record<string, number> | null;

  /** Id of the queue's job for this run. */
  @Prop({ required: true })
  jobId: string;

  /** Id of the attempt that owns the song, and of the generation it writes. Only the owner may report or publish. */
  @Prop({ type: String, default: null })
  attemptId: string | null;

  /** Time of the owner's last heartbeat. */
  @Prop({ type: Date, default: null })
  heartbeatAt: Date | null;
}
