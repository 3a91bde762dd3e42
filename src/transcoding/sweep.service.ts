import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.js';
import { withLogContext } from '../platform/logging/log-context.js';
import { Config } from '../platform/config/config.js';
import { CdnPurgeQueue } from '../songs/media/cdn-purge-queue.js';
import { ProcessingState, type ProcessingError } from '../songs/processing/processing.js';
import { SongLifecycle } from '../songs/processing/song-lifecycle.service.js';
import { Song, type SongDocument } from '../songs/song.js';
import { SongsService } from '../songs/songs.service.js';
import { TranscodeQueue } from '../songs/queue/transcode-queue.js';
import { holderOf, UnreferencedMedia, type DueEntry } from '../songs/media/unreferenced-media.js';
import { MediaStorage } from '../platform/storage/media-storage.js';
import { Lease } from '../platform/scheduling/lease.js';
import { LeasedPeriodicTask } from '../platform/scheduling/leased-periodic-task.js';

/** Songs looked at in one go; the rest waits for the next page. */
const BATCH = 500;

const WORKER_LOST: ProcessingError = {
  code: 'WORKER_LOST',
  message: 'The worker stopped in the middle of this song.',
  retryable: true,
};

/**
 * The database is the truth and Redis is disposable: whatever was lost between them (a flushed Redis, a killed
 * worker, an order that never arrived, files nobody refers to) is put right here, by one process at a time.
 */
@Injectable()
export class SweepService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SweepService.name);
  private readonly task: LeasedPeriodicTask;

  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly songs: SongsService,
    private readonly lifecycle: SongLifecycle,
    private readonly queue: TranscodeQueue,
    private readonly unreferenced: UnreferencedMedia,
    private readonly purges: CdnPurgeQueue,
    private readonly storage: MediaStorage,
    lease: Lease,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
  ) {
    this.task = new LeasedPeriodicTask(
      lease,
      'sweep',
      () => this.pass(),
      config.SWEEP_SECONDS,
      (e) => this.logger.warn(`sweep put off: ${e.message}`),
    );
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async pass(): Promise<void> {
    // Each by itself: without Redis nothing can be ordered, but media can be removed.
    const cutShort = (e: Error) => this.logger.warn(`sweep cut short: ${e.message}`);
    await this.requeueStalledSongs().catch(cutShort);
    await this.enqueueUnqueuedSongs().catch(cutShort);
    await this.removeUnreferenced().catch(cutShort);
  }

  /** TRANSCODING without a sign of life: another try, or FAILED when there have been enough. */
  private async requeueStalledSongs(): Promise<void> {
    const silentSince = await this.clock.ago(this.config.HEARTBEAT_TIMEOUT_SECONDS * 1000);
    const lost = await this.model
      .find({
        'processing.state': ProcessingState.TRANSCODING,
        'processing.heartbeatAt': { $lt: silentSince },
      })
      .limit(BATCH);
    for (const song of lost)
      await withLogContext({ songId: song.id }, () => this.requeueStalled(song, silentSince));
  }

  private async requeueStalled(song: SongDocument, silentSince: Date): Promise<void> {
    const { attemptId, attempt, jobId } = song.processing;
    this.logger.warn(`song ${song.id}: attempt ${attempt} gives no sign of life, taken back`);
    await this.queue.remove(jobId);
    const still = {
      _id: song._id,
      'processing.attemptId': attemptId,
      'processing.heartbeatAt': { $lt: silentSince },
    };
    if (attempt < this.config.TRANSCODE_ATTEMPTS) {
      await this.lifecycle.requeue(
        still,
        song.id,
        { 'processing.error': WORKER_LOST },
        { 'processing.attempt': 1 },
      );
    } else {
      await this.lifecycle.fail({ songId: song.id, attemptId: attemptId ?? '' }, WORKER_LOST);
    }
  }

  /** QUEUED, but no job of it will ever come to a worker. */
  private async enqueueUnqueuedSongs(): Promise<void> {
    const orderedBefore = await this.clock.ago(this.config.SWEEP_SECONDS * 1000);
    let last: unknown = null;
    for (;;) {
      const page = await this.model
        .find({
          'processing.state': ProcessingState.QUEUED,
          'processing.queuedAt': { $lt: orderedBefore },
          ...(last ? { _id: { $gt: last } } : {}),
        })
        .sort({ _id: 1 })
        .limit(BATCH)
        .select({ 'processing.jobId': 1 })
        .lean();
      if (page.length === 0) return;
      const live = await this.queue.pendingJobIds(page.map(({ processing }) => processing.jobId));
      for (const { _id, processing } of page) {
        const { jobId } = processing;
        if (live.has(jobId)) continue;
        // Under a new id: Bull would ignore the old one for as long as it remembers it.
        await this.queue.remove(jobId);
        const still = { _id, 'processing.state': ProcessingState.QUEUED, 'processing.jobId': jobId };
        await this.lifecycle.requeue(still, _id.toString(), {});
      }
      last = page.at(-1)?._id;
    }
  }

  private async removeUnreferenced(): Promise<void> {
    for (const line of await this.unreferenced.dueEntries(BATCH))
      await withLogContext({ songId: line.songId }, () => this.removeIfUnused(line));
  }

  private async removeIfUnused(line: DueEntry): Promise<void> {
    const { key, songId } = line;
    const holder = holderOf(await this.songs.find(songId), key);
    // An attempt may still fail: its line stays until it is over.
    if (holder === 'attempt') return;
    if (holder === 'nobody' && !(await this.remove(songId, key))) return;
    await this.unreferenced.done(line);
  }

  /** One stubborn folder must not keep the sweep from the others. */
  private async remove(songId: string, key: string): Promise<boolean> {
    try {
      await this.storage.remove(key);
      await this.purges.markReady(key);
      this.logger.log(`song ${songId}: removed media nobody refers to`);
      return true;
    } catch (error) {
      this.logger.warn(`song ${songId}: unreferenced media stays for now: ${(error as Error).message}`);
      return false;
    }
  }
}
