import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { Config } from '../platform/config/config.js';
import type { StoreName } from '../platform/config/store-settings.js';
import { CacheMetrics } from '../platform/cache/cache-metrics.js';
import { LibraryTotalsService, type LibraryTotals } from '../songs/library-totals.service.js';
import { QUALITIES } from '../songs/processing/quality.js';
import { TranscodeQueue } from '../songs/queue/transcode-queue.service.js';
import { CapacityResource, type Capacity, type CapacityLimit, type RedisCommands } from './capacity.js';
import { limitOf } from './capacity-limit.js';
import { CapacityMetrics, type CapacityFigures } from './capacity-metrics.js';
import type { MeasuredRedis } from './redis-readings.js';
import { RedisUsage } from './redis-usage.service.js';

/** Measured sizes of the library, and its limits. */
export type LibraryUsage = Omit<Capacity, 'states' | 'queue' | 'cache'>;

@Injectable()
export class CapacityService {
  private figures?: CapacityFigures;

  constructor(
    private readonly totals: LibraryTotalsService,
    private readonly queue: TranscodeQueue,
    private readonly usage: RedisUsage,
    private readonly lookups: CacheMetrics,
    metrics: CapacityMetrics,
    private readonly config: Config,
    @InjectConnection() private readonly mongo: Connection,
  ) {
    metrics.observe(() => this.figures);
  }

  async read(): Promise<Capacity> {
    const [usage, { songs: states }, queue, cache] = await Promise.all([
      this.usage.latest().then(() => this.measure()),
      this.totals.read(),
      this.queue.depth().catch(() => null),
      this.lookups.cacheLookups(),
    ]);
    const { QUEUED: queued, TRANSCODING: transcoding, READY: ready, FAILED: failed } = states;
    return {
      ...usage,
      states: { queued, transcoding, ready, failed },
      queue,
      cache: { processHits: cache.process, redisHits: cache.redis, misses: cache.miss },
    };
  }

  /** Measures the library. Sends no command to Redis: RedisUsage has stored its readings. */
  async measure(): Promise<LibraryUsage> {
    const [totals, database] = await Promise.all([this.totals.read(), this.databaseBytes()]);
    const { originals, generations, covers, renditions, measuredAt } = totals;
    const songs = songsIn(totals);
    const each = (bytes: number) => (songs ? Math.round(bytes / songs) : 0);
    const totalBytes = originals + generations + covers;
    const redis = this.usage.measured();
    const limits = this.limits(totals, database, redis);
    this.figures = figuresOf(totals, limits);
    return {
      songs,
      totalBytes,
      originalBytes: originals,
      coverBytes: covers,
      averageSongBytes: each(totalBytes),
      averageOriginalBytes: each(originals),
      renditions: QUALITIES.map(({ name, label }) => {
        const { bytes, count } = renditions[name] ?? { bytes: 0, count: 0 };
        return { name, label, bytes, averageBytes: count ? Math.round(bytes / count) : 0 };
      }),
      stores: Object.entries(totals.stores).map(([name, held]) => ({
        name,
        current: name === this.config.STORAGE,
        originalBytes: held.originals,
        generationBytes: held.generations,
        coverBytes: held.covers,
      })),
      redis: redis && commandsOf(redis),
      limits,
      measuredAt,
    };
  }

  private limits(totals: LibraryTotals, database: number, redis: MeasuredRedis | null): CapacityLimit[] {
    const { CAPACITY_MEDIA_BYTES, CAPACITY_DATABASE_BYTES, CAPACITY_REDIS_COMMANDS } = this.config;
    const { STORAGE, REDIS_URL } = this.config;
    const songs = songsIn(totals);
    const share = (bytes: number) => (songs ? bytes / songs : 0);
    const { originals, generations, covers } = totals;
    return [
      limitOf(CapacityResource.MEDIA, {
        limit: CAPACITY_MEDIA_BYTES,
        used: bytesIn(totals, STORAGE),
        perSong: share(originals + generations + covers),
      }),
      limitOf(CapacityResource.DATABASE, {
        limit: CAPACITY_DATABASE_BYTES,
        used: database,
        perSong: share(database),
      }),
      // An embedded Redis has no limit.
      ...(REDIS_URL
        ? [
            limitOf(CapacityResource.REDIS, {
              limit: CAPACITY_REDIS_COMMANDS,
              used: redis && Math.round(redis.commandsPerDay),
              perPlay: redis?.commandsPerPlay ?? 0,
            }),
          ]
        : []),
    ];
  }

  /** Documents and indexes, bytes. */
  private async databaseBytes(): Promise<number> {
    const { dataSize, indexSize } = await this.mongo.db!.stats();
    return Number(dataSize) + Number(indexSize);
  }
}

function songsIn({ songs }: LibraryTotals): number {
  return Object.values(songs).reduce((sum, count) => sum + count, 0);
}

function bytesIn({ stores }: LibraryTotals, store: StoreName): number {
  const { originals = 0, generations = 0, covers = 0 } = stores[store] ?? {};
  return originals + generations + covers;
}

function commandsOf(redis: MeasuredRedis): RedisCommands {
  return {
    perDay: redis.commandsPerDay,
    perIdleDay: redis.idleCommandsPerDay,
    perPlay: redis.commandsPerPlay,
    plays: redis.plays,
    measuredSeconds: redis.measuredSeconds,
  };
}

function figuresOf({ stores }: LibraryTotals, limits: CapacityLimit[]): CapacityFigures {
  return {
    bytes: Object.fromEntries(
      Object.entries(stores).map(([store, { originals, generations, covers }]) => [
        store,
        { original: originals, generation: generations, cover: covers },
      ]),
    ),
    used: Object.fromEntries(
      limits.flatMap(({ resource, used, limit }) =>
        used === null ? [] : [[resource.toLowerCase(), used / limit]],
      ),
    ),
  };
}
