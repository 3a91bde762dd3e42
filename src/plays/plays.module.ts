import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { CacheModule } from '../cache/cache.module.js';
import { Lease, LeaseRecord, LeaseSchema } from '../common/lease.js';
import { SongsModule } from '../songs/songs.module.js';
import { Charts } from './charts.service.js';
import { PlayBucket, PlayBucketSchema } from './play-bucket.js';
import { PlayLimits } from './play-limits.js';
import { Play, PlaySchema } from './play.js';
import { PlaysResolver, SongPlaysResolver } from './plays.resolver.js';
import { PlaysService } from './plays.service.js';
import { RollUp } from './roll-up.service.js';

/** Who heard what, how often, and what is heard most. */
@Module({
  imports: [
    CacheModule,
    SongsModule,
    MongooseModule.forFeature([
      { name: Play.name, schema: PlaySchema },
      { name: PlayBucket.name, schema: PlayBucketSchema },
      { name: LeaseRecord.name, schema: LeaseSchema },
    ]),
  ],
  providers: [PlaysResolver, SongPlaysResolver, PlaysService, PlayLimits, Charts, RollUp, Lease],
  exports: [PlaysService],
})
export class PlaysModule {}
