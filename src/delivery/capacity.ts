import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { QualityLabel } from '../songs/quality.js';

@ObjectType({ description: 'What one quality of all songs weighs.' })
export class RenditionBytes {
  @Field({ description: '"64k", "128k", "256k" or "320k".' })
  name: string;

  @Field(() => QualityLabel, { description: 'What a person calls it.' })
  label: QualityLabel;

  @Field(() => Float, { description: 'Of all kept generations, bytes.' })
  bytes: number;
}

@ObjectType({ description: 'A limit of a supplier, and how near it is.' })
export class CapacityLimit {
  @Field({ description: 'Whose limit it is, in words: "Media store", "Database".' })
  name: string;

  @Field({ description: 'What is counted: "bytes".' })
  unit: string;

  @Field(() => Float, { description: 'How much there may be, in `unit`.' })
  limit: number;

  @Field(() => Float, { description: 'How much there is, in `unit`.' })
  used: number;

  @Field(() => Int, {
    nullable: true,
    description: 'How many more songs like those of this library fit; null while it is empty.',
  })
  songsLeft: number | null;

  @Field({ description: 'Whether 80 % are used.' })
  warning: boolean;
}

@ObjectType({ description: 'How many songs stand where.' })
export class SongStates {
  @Field(() => Int, { description: 'Waiting for a worker.' })
  queued: number;

  @Field(() => Int, { description: 'Being transcoded.' })
  transcoding: number;

  @Field(() => Int, { description: 'With their latest run published.' })
  ready: number;

  @Field(() => Int, { description: 'With their latest run given up.' })
  failed: number;
}

@ObjectType({ description: 'Jobs of the transcode queue.' })
export class QueueDepth {
  @Field(() => Int, { description: 'For the next free worker.' })
  waiting: number;

  @Field(() => Int, { description: 'In a worker’s hands.' })
  active: number;

  @Field(() => Int, { description: 'To be tried again later.' })
  delayed: number;

  @Field(() => Int, { description: 'Given up by the queue itself.' })
  failed: number;
}

@ObjectType({
  description: 'Who answered remembered questions, since the process that answers this was started.',
})
export class CacheLookups {
  @Field(() => Float, { description: 'The memory of the process.' })
  processHits: number;

  @Field(() => Float, { description: 'Redis.' })
  redisHits: number;

  @Field(() => Float, { description: 'The database.' })
  misses: number;
}

@ObjectType({ description: 'What the library weighs and what is left.' })
export class Capacity {
  @Field(() => Int, { description: 'All songs.' })
  songs: number;

  @Field(() => Float, { description: 'Originals and all kept generations, bytes; covers are not counted.' })
  totalBytes: number;

  @Field(() => Float, { description: 'The files as uploaded, bytes.' })
  originalBytes: number;

  @Field(() => Float, {
    description: 'A song with all its kept generations, on average, bytes; 0 without songs.',
  })
  averageSongBytes: number;

  @Field(() => [RenditionBytes], { description: 'By quality, lowest first.' })
  renditions: RenditionBytes[];

  @Field(() => [CapacityLimit], { description: 'The limits configured (CAPACITY_…).' })
  limits: CapacityLimit[];

  @Field(() => SongStates, { description: 'Songs by the state of their latest run.' })
  states: SongStates;

  @Field(() => QueueDepth, { nullable: true, description: 'Null while Redis does not answer.' })
  queue: QueueDepth | null;

  @Field(() => CacheLookups, { description: 'How well answers are remembered.' })
  cache: CacheLookups;

  @Field({ description: 'When the songs were counted; large libraries are counted every few minutes.' })
  measuredAt: Date;
}
