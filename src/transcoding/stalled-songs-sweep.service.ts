import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Config } from '../platform/config/config.js';
import { withLogContext } from '../platform/logging/log-context.js';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { ProcessingState, type ProcessingError } from '../songs/processing/processing.schema.js';
import { SongLifecycle } from '../songs/processing/song-lifecycle.service.js';
import { TranscodeQueue } from '../songs/queue/transcode-queue.service.js';
import { Song, type SongDocument } from '../songs/song.schema.js';

/** Songs per pass. */
const BATCH = 500;

const WORKER_LOST: ProcessingError = {
  code: 'WORKER_LOST',
  message: 'The worker stopped in the middle of this song.',
  retryable: true,
};

/** Finds TRANSCODING songs without a heartbeat: requeues them, or fails them when no attempts are left. */
@Injectable()
export class StalledSongsSweep {
  private readonly logger = new Logger(StalledSongsSweep.name);

  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly lifecycle: SongLifecycle,
    private readonly queue: TranscodeQueue,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
  ) {}

  async pass(): Promise<void> {
    const silentSince = await this.clock.ago(this.config.HEARTBEAT_TIMEOUT_SECONDS * 1000);
    const stalled = await this.model
      .find({
        'processing.state': ProcessingState.TRANSCODING,
        'processing.heartbeatAt': { $lt: silentSince },
      })
      .limit(BATCH);
    for (const song of stalled)
      await withLogContext({ songId: song.id }, () => this.endAttempt(song, silentSince));
  }

  private async endAttempt(song: SongDocument, silentSince: Date): Promise<void> {
    const { attemptId, attempt, jobId } = song.processing;
    const hasAttemptsLeft = attempt < this.config.TRANSCODE_ATTEMPTS;
    const next = hasAttemptsLeft ? 'requeued' : 'no attempts left';
    this.logger.warn(`song ${song.id}: attempt ${attempt} missed its heartbeat, ${next}`);
    await this.queue.remove(jobId);
    const stillStalled = {
      'processing.attemptId': attemptId,
      'processing.heartbeatAt': { $lt: silentSince },
    };
    if (hasAttemptsLeft) {
      await this.lifecycle.requeue(song.id, stillStalled, { error: WORKER_LOST, nextAttempt: true });
    } else {
      await this.lifecycle.fail({ songId: song.id, attemptId: attemptId ?? '' }, WORKER_LOST);
    }
  }
}
