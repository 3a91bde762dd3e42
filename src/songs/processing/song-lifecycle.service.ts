import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, QueryFilter, UpdateQuery } from 'mongoose';
import { DatabaseClock, databaseTime } from '../../platform/mongo/database-clock.service.js';
import { withLogContext } from '../../platform/logging/log-context.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { Config } from '../../platform/config/config.js';
import { EventBus } from '../../events/event-bus.js';
import { owned, type Attempt } from './attempt.js';
import { ProcessingState, type ProcessingError } from './processing.schema.js';
import { newGenerationId, songMedia } from '../media/song-media.js';
import { failedEvent, processingEvent } from '../events/song-events.js';
import { SongMetrics } from '../song-metrics.service.js';
import { Song, type SongDocument } from '../song.schema.js';
import { newJobId, TranscodeQueue } from '../queue/transcode-queue.service.js';
import { UnreferencedMedia } from '../media/unreferenced-media.service.js';

const { QUEUED, TRANSCODING, READY, FAILED } = ProcessingState;

/** The fields of every song that waits for a worker, because its current attempt has not begun. */
const WAITING = {
  'processing.state': QUEUED,
  'processing.attemptId': null,
  'processing.percent': 0,
  'processing.encoded': null,
  'processing.startedAt': null,
  'processing.finishedAt': null,
};

/** Moves songs between states. Each move is one conditional update, so of two simultaneous moves only one succeeds. */
@Injectable()
export class SongLifecycle {
  private readonly logger = new Logger(SongLifecycle.name);

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly queue: TranscodeQueue,
    private readonly unreferenced: UnreferencedMedia,
    private readonly config: Config,
    private readonly eventBus: EventBus,
    private readonly metrics: SongMetrics,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Requests a new generation. A song that is queued or being transcoded already stays as it is. Throws
   * NotFoundError.
   */
  async request(songId: string): Promise<SongDocument> {
    const song = await this.requeue({ _id: songId, 'processing.state': { $in: [READY, FAILED] } }, songId, {
      'processing.attempt': 1,
      'processing.queuedAt': databaseTime(),
      'processing.error': null,
    });
    if (song) void this.eventBus.publish({ type: 'song.changed', songId });
    return song ?? (await this.get(songId));
  }

  /** Starts an attempt at a queued song; null if the song is not queued: removed, done, or owned by another attempt. */
  async begin(songId: string): Promise<{ song: SongDocument; attempt: Attempt } | null> {
    const attemptId = newGenerationId();
    await this.unreferenced.beforeWrite(
      songId,
      [songMedia.generation(songId, attemptId)],
      this.config.HEARTBEAT_TIMEOUT_SECONDS,
    );
    const now = await this.clock.now();
    const song = await this.move(
      { _id: songId, 'processing.state': QUEUED },
      {
        'processing.state': TRANSCODING,
        'processing.attemptId': attemptId,
        'processing.startedAt': now,
        'processing.heartbeatAt': now,
        'processing.finishedAt': null,
        'processing.percent': 0,
        'processing.encoded': null,
      },
      { 'processing.attemptId': attemptId },
    );
    if (song) void this.eventBus.publish(processingEvent(song));
    return song && { song, attempt: { songId, attemptId } };
  }

  /** Records heartbeat and progress. False when the attempt has lost its song and should stop. */
  async report(
    attempt: Attempt,
    percent: number,
    encoded: Readonly<Record<string, number>> | null,
  ): Promise<boolean> {
    // Not repeated when its reply is lost, because the next heartbeat is newer.
    const song = await this.songs.findOneAndUpdate(
      owned(attempt),
      {
        $set: {
          'processing.percent': Math.floor(percent),
          'processing.encoded': encoded,
        },
        $currentDate: { 'processing.heartbeatAt': true },
      },
      { returnDocument: 'after' },
    );
    if (song) void this.eventBus.publish(processingEvent(song));
    return song !== null;
  }

  /**
   * Ends an attempt with an error: 'retry' if the run continues with another attempt, 'lost' if it did not own the
   * song.
   */
  async fail(attempt: Attempt, error: ProcessingError): Promise<'retry' | 'failed' | 'lost'> {
    if (error.retryable) {
      const again = await this.move(
        { ...owned(attempt), 'processing.attempt': { $lt: this.config.TRANSCODE_ATTEMPTS } },
        { ...WAITING, 'processing.error': error },
        { 'processing.state': QUEUED, 'processing.attemptId': null, 'processing.error.code': error.code },
        { 'processing.attempt': 1 },
      );
      if (again) void this.eventBus.publish(processingEvent(again));
      if (again) return 'retry';
    }
    const finishedAt = databaseTime();
    const ended = await this.move(
      owned(attempt),
      {
        'processing.state': FAILED,
        'processing.finishedAt': finishedAt,
        'processing.error': error,
        'processing.attemptId': null,
      },
      { 'processing.state': FAILED, 'processing.finishedAt': finishedAt },
    );
    if (!ended) return 'lost';
    this.metrics.recordSongFailed();
    void this.eventBus.publish(failedEvent(attempt.songId, error));
    return 'failed';
  }

  /** Requeues a song, as at shutdown; the attempt does not count. False if the attempt no longer owned the song. */
  async release(attempt: Attempt): Promise<boolean> {
    return (await this.requeue(owned(attempt), attempt.songId, {})) !== null;
  }

  /** Requeues a song to start no earlier than in `delayMs`; the attempt does not count. False as for `release`. */
  async postpone(attempt: Attempt, error: ProcessingError, delayMs: number): Promise<boolean> {
    const fields = { 'processing.error': error };
    return (await this.requeue(owned(attempt), attempt.songId, fields, {}, delayMs)) !== null;
  }

  /** Queues a song again under a new job. Null if it did not meet the condition. */
  async requeue(
    condition: QueryFilter<Song>,
    songId: string,
    fields: Record<string, unknown>,
    increments: Record<string, number> = {},
    delayMs = 0,
  ): Promise<SongDocument | null> {
    const jobId = newJobId(songId);
    const song = await this.move(
      condition,
      { ...fields, ...WAITING, 'processing.jobId': jobId },
      { 'processing.jobId': jobId },
      increments,
    );
    if (song) {
      void this.eventBus.publish(processingEvent(song));
      await withLogContext({ songId }, async () => {
        if (await this.queue.enqueue(songId, jobId, delayMs)) this.logger.log(`song ${songId}: queued`);
      });
    }
    return song;
  }

  /** `trace` matches only a song after this move: a move whose reply was lost is recognised by it. */
  private move(
    condition: QueryFilter<Song>,
    fields: Record<string, unknown>,
    trace: Record<string, unknown>,
    increments: Record<string, number> = {},
  ): Promise<SongDocument | null> {
    const update: UpdateQuery<Song> = { $set: fields };
    if (Object.keys(increments).length > 0) update.$inc = increments;
    return untilAnswered(async (again) => {
      const moved = await this.songs.findOneAndUpdate(condition, update, { returnDocument: 'after' });
      return moved ?? (again ? this.songs.findOne({ _id: condition._id, ...trace }) : null);
    });
  }

  private async get(songId: string): Promise<SongDocument> {
    const song = await this.songs.findById(songId);
    if (!song) throw new NotFoundError('Song', songId);
    return song;
  }
}
