import { Controller, Get, Header } from '@nestjs/common';
import { LibraryTotalsService } from '../songs/library-totals.service.js';
import type { QueueDepth } from '../songs/queue/transcode-queue.service.js';
import { SongMetrics } from '../songs/song-metrics.service.js';
import type { CapacityLimit, RedisCommands } from './capacity.js';
import { CapacityService } from './capacity.service.js';

/** The query `capacity` for REST clients. The endpoint is public and therefore sends no commands to Redis. */
@Controller('api/streaming')
export class StatsController {
  constructor(
    private readonly totals: LibraryTotalsService,
    private readonly capacity: CapacityService,
    private readonly songs: SongMetrics,
  ) {}

  @Get('stats')
  @Header('Cache-Control', 'no-store')
  async library(): Promise<LibraryStats> {
    const [totals, usage, queue] = await Promise.all([
      this.totals.read(),
      this.capacity.measure(),
      this.songs.backlog().catch(() => null),
    ]);
    const { QUEUED: queued, TRANSCODING: transcoding, READY: ready, FAILED: failed } = totals.songs;
    return {
      songs: { total: usage.songs, queued, transcoding, ready, failed },
      durationSeconds: Math.round(totals.durationSeconds),
      bytes: { originals: totals.originals, generations: totals.generations, covers: totals.covers },
      averageBytes: {
        song: usage.averageSongBytes,
        original: usage.averageOriginalBytes,
        renditions: Object.fromEntries(
          usage.renditions.map(({ name, averageBytes }) => [name, averageBytes]),
        ),
      },
      stores: totals.stores,
      limits: usage.limits,
      redis: usage.redis,
      queue,
    };
  }
}

interface LibraryStats {
  songs: Record<'total' | 'queued' | 'transcoding' | 'ready' | 'failed', number>;
  /** Playing time of all songs, seconds. */
  durationSeconds: number;
  /** Originals, all kept generations, and covers of songs, bytes. */
  bytes: Record<'originals' | 'generations' | 'covers', number>;
  /** Averages per song in bytes; `renditions` per generation, by name of the quality. 0 if there are none. */
  averageBytes: { song: number; original: number; renditions: Record<string, number> };
  /** `bytes` by the store that holds them. */
  stores: Partial<Record<string, Record<'originals' | 'generations' | 'covers', number>>>;
  limits: CapacityLimit[];
  redis: RedisCommands | null;
  /** Songs by the state of their job; null while Redis does not answer. */
  queue: QueueDepth | null;
}
