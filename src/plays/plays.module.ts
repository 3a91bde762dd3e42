import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { CacheModule } from '../platform/cache/cache.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { Charts } from './charts.service.js';
import { PlayBucketRepository } from './play-bucket.repository.js';
import { PlayBucket, PlayBucketSchema } from './play-bucket.schema.js';
import { PlayLimits } from './play-limits.service.js';
import { PlayRepository } from './play.repository.js';
import { Play, PlaySchema } from './play.schema.js';
import { PlaysResolver, SongPlaysResolver } from './plays.resolver.js';
import { PlaysService } from './plays.service.js';
import { RollUp } from './roll-up.service.js';

/** Plays: histories of accounts, play counts of songs, and charts. */
@Module({
  imports: [
    CacheModule,
    LeaseModule,
    SongsModule,
    MongooseModule.forFeature([
      { name: Play.name, schema: PlaySchema },
      { name: PlayBucket.name, schema: PlayBucketSchema },
    ]),
  ],
  providers: [
    PlaysResolver,
    SongPlaysResolver,
    PlaysService,
    PlayLimits,
    PlayRepository,
    PlayBucketRepository,
    Charts,
    RollUp,
  ],
  exports: [PlaysService],
})
export class PlaysModule {}
