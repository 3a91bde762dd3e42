import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { QualityLabel } from '../songs/processing/quality.js';

@ObjectType({ description: 'Size of one quality over all songs.' })
export class RenditionBytes {
  @Field({ description: '"64k", "128k", "256k" or "320k".' })
  name: string;

  @Field(() => QualityLabel, { description: 'What a person calls it.' })
  label: QualityLabel;

  @Field(() => Float, { description: 'Of all kept generations, bytes.' })
  bytes: number;

  @Field(() => Float, {
    description: 'Of a generation that has this quality, on average, bytes; 0 while none has.',
  })
  averageBytes: number;
}

@ObjectType({ description: 'What one store holds of the songs.' })
export class StoreBytes {
  @Field({ description: '"local", "s3" or "cloudinary".' })
  name: string;

  @Field({ description: 'Whether new media goes there (STORAGE).' })
  current: boolean;

  @Field(() => Float, { description: 'Files as uploaded, bytes.' })
  originalBytes: number;

  @Field(() => Float, { description: 'All kept generations, bytes.' })
  generationBytes: number;

  @Field(() => Float, { description: 'Covers of songs, bytes.' })
  coverBytes: number;
}

/** Resource that a backing service limits. */
export enum CapacityResource {
  MEDIA = 'MEDIA',
  DATABASE = 'DATABASE',
  REDIS = 'REDIS',
}

registerEnumType(CapacityResource, {
  name: 'CapacityResource',
  description: 'Resource that a backing service limits.',
  valuesMap: {
    MEDIA: { description: 'Bytes in the store new media goes to (CAPACITY_MEDIA_BYTES).' },
    DATABASE: { description: 'Bytes of documents and indexes (CAPACITY_DATABASE_BYTES).' },
    REDIS: { description: 'Redis commands a day (CAPACITY_REDIS_COMMANDS); an embedded Redis has no limit.' },
  },
});

@ObjectType({ description: 'A limit of a backing service, and how much of it is used.' })
export class CapacityLimit {
  @Field(() => CapacityResource, { description: 'What is limited; branch on this.' })
  resource: CapacityResource;

  @Field({ description: 'Whose limit it is, in words: "Media store", "Database", "Redis".' })
  name: string;

  @Field({ description: 'What is counted: "bytes", "commands a day".' })
  unit: string;

  @Field(() => Float, { description: 'How much there may be, in `unit`.' })
  limit: number;

  @Field(() => Float, {
    nullable: true,
    description: 'How much there is, in `unit`; null for Redis until a minute was measured.',
  })
  used: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'How many more songs like those of this library fit; null while it is empty, and for Redis.',
  })
  songsLeft: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How many more plays a day like those measured; null but for Redis, and until plays were measured.',
  })
  playsLeft: number | null;

  @Field({ description: 'Whether 80 % are used.' })
  warning: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'With a warning: how bad it is and what to do; else null.',
  })
  advice: string | null;
}

@ObjectType({ description: 'Number of songs by processing state.' })
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
  description:
    'Number of cache lookups by who answered them, since the process that answers this was started.',
})
export class CacheLookups {
  @Field(() => Float, { description: 'The memory of the process.' })
  processHits: number;

  @Field(() => Float, { description: 'Redis.' })
  redisHits: number;

  @Field(() => Float, { description: 'The database.' })
  misses: number;
}

@ObjectType({
  description:
    'What Redis was asked in the last day at most, by its own meter: everybody who uses that server counts, scripts with each command they call.',
})
export class RedisCommands {
  @Field(() => Float, { description: 'At the pace of the whole period, commands a day.' })
  perDay: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'At the pace while nobody recorded a play, commands a day; null while there was no such minute.',
  })
  perIdleDay: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'What came on top of idling, uploads and all, by recorded play; null while one of the two is unknown.',
  })
  perPlay: number | null;

  @Field(() => Int, { description: 'Plays recorded in the period.' })
  plays: number;

  @Field(() => Int, { description: 'How long was measured, seconds; the longer, the truer.' })
  measuredSeconds: number;
}

@ObjectType({ description: 'Capacity that the library uses, and what is left.' })
export class Capacity {
  @Field(() => Int, { description: 'All songs.' })
  songs: number;

  @Field(() => Float, {
    description:
      'Originals, all kept generations and covers of songs, bytes; covers of albums are not counted.',
  })
  totalBytes: number;

  @Field(() => Float, { description: 'The files as uploaded, bytes.' })
  originalBytes: number;

  @Field(() => Float, {
    description: 'A song with all its kept generations, on average, bytes; 0 without songs.',
  })
  averageSongBytes: number;

  @Field(() => [RenditionBytes], { description: 'By quality, lowest first.' })
  renditions: RenditionBytes[];

  @Field(() => Float, { description: 'An original, on average, bytes; 0 without songs.' })
  averageOriginalBytes: number;

  @Field(() => Float, {
    description:
      'Covers of songs, bytes; those stored by a version that did not note their size count nothing.',
  })
  coverBytes: number;

  @Field(() => [StoreBytes], {
    description: 'By the store that holds them; stores that hold nothing are left out.',
  })
  stores: StoreBytes[];

  @Field(() => RedisCommands, { nullable: true, description: 'Null until a minute was measured.' })
  redis: RedisCommands | null;

  @Field(() => [CapacityLimit], { description: 'The limits configured (CAPACITY_…).' })
  limits: CapacityLimit[];

  @Field(() => SongStates, { description: 'Songs by the state of their latest run.' })
  states: SongStates;

  @Field(() => QueueDepth, { nullable: true, description: 'Null while Redis does not answer.' })
  queue: QueueDepth | null;

  @Field(() => CacheLookups, { description: 'How well the cache works.' })
  cache: CacheLookups;

  @Field({ description: 'When the songs were counted; large libraries are counted every few minutes.' })
  measuredAt: Date;
}
