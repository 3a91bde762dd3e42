import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Config } from '../platform/config/config.js';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { ProcessingState } from '../songs/processing/processing.schema.js';
import { SongLifecycle } from '../songs/processing/song-lifecycle.service.js';
import { TranscodeQueue } from '../songs/queue/transcode-queue.service.js';
import { Song } from '../songs/song.schema.js';

/** Songs per database query. */
const BATCH = 500;

/** Enqueues QUEUED songs again whose job will never reach a worker, because Redis or a worker lost it. */
@Injectable()
export class UnqueuedSongsSweep {
  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly lifecycle: SongLifecycle,
    private readonly queue: TranscodeQueue,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
  ) {}

  async pass(): Promise<void> {
    const queuedBefore = await this.clock.ago(this.config.SWEEP_SECONDS * 1000);
    let last: unknown = null;
    for (;;) {
      const page = await this.model
        .find({
          'processing.state': ProcessingState.QUEUED,
          'processing.queuedAt': { $lt: queuedBefore },
          ...(last ? { _id: { $gt: last } } : {}),
        })
        .sort({ _id: 1 })
        .limit(BATCH)
        .select({ 'processing.jobId': 1 })
        .lean();
      if (page.length === 0) return;
      const pending = await this.queue.pendingJobIds(page.map(({ processing }) => processing.jobId));
      for (const { _id, processing } of page) {
        const { jobId } = processing;
        if (pending.has(jobId)) continue;
        // Requeued under a new id: Bull ignores the old one for as long as it knows it.
        await this.queue.remove(jobId);
        const stillQueued = { 'processing.state': ProcessingState.QUEUED, 'processing.jobId': jobId };
        await this.lifecycle.requeue(_id.toString(), stillQueued);
      }
      last = page.at(-1)?._id;
    }
  }
}
