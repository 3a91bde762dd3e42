import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, QueryFilter } from 'mongoose';
import { RedisClient } from '../../platform/cache/redis-client.service.js';
import { redisHorizonMs } from '../../platform/cache/redis-connection.js';
import { Config } from '../../platform/config/config.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { ProcessingState } from '../processing/processing.schema.js';
import { Song } from '../song.schema.js';
import type { QueueDepth } from './transcode-queue.service.js';

/** The transcoding backlog for /metrics, counted in the database because hosted Redis bills per command. */
@Injectable()
export class TranscodeBacklog {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly redis: RedisClient,
    private readonly config: Config,
    metrics: Metrics,
  ) {
    metrics.observeQueue(() => this.depth());
  }

  /** Counts songs, each of which has one Bull job. Rejects while Redis or the database is unavailable. */
  async depth(): Promise<QueueDepth> {
    await this.redis.assertAlive(redisHorizonMs(this.config));
    const { QUEUED, TRANSCODING, FAILED } = ProcessingState;
    const [waiting, delayed, active, failed] = await Promise.all([
      this.count(QUEUED, { 'processing.error': null }),
      this.count(QUEUED, { 'processing.error': { $ne: null } }),
      this.count(TRANSCODING),
      this.count(FAILED),
    ]);
    return { waiting, active, delayed, failed };
  }

  private count(state: ProcessingState, more: QueryFilter<Song> = {}): Promise<number> {
    return this.songs.countDocuments({ 'processing.state': state, ...more }).exec();
  }
}
