import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { LibraryTotalsService } from '../songs/library-totals.service.js';
import { QUALITIES } from '../songs/quality.js';
import { TranscodeQueue } from '../songs/transcode-queue.js';
import type { Capacity } from './capacity.js';
import { limitOf } from './capacity-limit.js';

@Injectable()
export class CapacityService {
  constructor(
    private readonly totals: LibraryTotalsService,
    private readonly queue: TranscodeQueue,
    private readonly metrics: Metrics,
    private readonly config: Config,
    @InjectConnection() private readonly mongo: Connection,
  ) {}

  async read(): Promise<Capacity> {
    const [totals, queue, database, cache] = await Promise.all([
      this.totals.read(),
      this.queue.depth().catch(() => null),
      this.databaseBytes(),
      this.metrics.cacheLookups(),
    ]);
    const { originals, generations, renditions, measuredAt, songs: states } = totals;
    const songs = Object.values(states).reduce((sum, count) => sum + count, 0);
    const totalBytes = originals + generations;
    return {
      songs,
      totalBytes,
      originalBytes: originals,
      averageSongBytes: songs ? Math.round(totalBytes / songs) : 0,
      renditions: QUALITIES.map(({ name, label }) => ({ name, label, bytes: renditions[name] ?? 0 })),
      limits: [
        limitOf('Media store', this.config.CAPACITY_MEDIA_BYTES, totalBytes, songs),
        limitOf('Database', this.config.CAPACITY_DATABASE_BYTES, database, songs),
      ],
      states: {
        queued: states.QUEUED,
        transcoding: states.TRANSCODING,
        ready: states.READY,
        failed: states.FAILED,
      },
      queue: queue && {
        waiting: queue['waiting'] ?? 0,
        active: queue['active'] ?? 0,
        delayed: queue['delayed'] ?? 0,
        failed: queue['failed'] ?? 0,
      },
      cache: { processHits: cache.process, redisHits: cache.redis, misses: cache.miss },
      measuredAt,
    };
  }

  /** Documents and indexes, bytes. */
  private async databaseBytes(): Promise<number> {
    const { dataSize, indexSize } = await this.mongo.db!.stats();
    return Number(dataSize) + Number(indexSize);
  }
}
