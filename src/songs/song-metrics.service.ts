import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, QueryFilter } from 'mongoose';
import { Counter, Registry } from 'prom-client';
import { RedisClient } from '../platform/cache/redis-client.service.js';
import { redisHorizonMs } from '../platform/cache/redis-connection.js';
import { Config } from '../platform/config/config.js';
import { registerSampledGauge, samplesBy } from '../platform/metrics/sampled-gauge.js';
import { ProcessingState } from './processing/processing.schema.js';
import type { QueueDepth } from './queue/transcode-queue.service.js';
import { Song } from './song.schema.js';

/** Songs that have failed, and the transcoding backlog. */
@Injectable()
export class SongMetrics {
  private readonly givenUp: Counter;

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly redis: RedisClient,
    private readonly config: Config,
    registry: Registry,
  ) {
    this.givenUp = new Counter({
      name: 'songs_given_up_total',
      help: 'Songs whose last attempt failed, found by the worker or, when the worker was lost, by the sweep.',
      registers: [registry],
    });
    registerSampledGauge(registry, {
      name: 'transcode_queue_jobs',
      help: 'Songs with work to do or given up, by state of their job; absent while Redis or the database does not answer.',
      labelNames: ['state'],
      read: async () => samplesBy('state', Object.entries(await this.backlog())),
    });
  }

  /** A song has become FAILED. */
  recordSongFailed(): void {
    this.givenUp.inc();
  }

  /**
   * Counts songs, each of which has one Bull job, in the database, because hosted Redis bills per command. Rejects while
   * Redis or the database is unavailable.
   */
  async backlog(): Promise<QueueDepth> {
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
