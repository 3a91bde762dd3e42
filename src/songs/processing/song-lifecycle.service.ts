import { Injectable, Logger } from '@nestjs/common';
import type { QueryFilter } from 'mongoose';
import { Config } from '../../platform/config/config.js';
import { ConflictError } from '../../platform/errors/domain-error.js';
import { withLogContext } from '../../platform/logging/log-context.js';
import { DatabaseClock, databaseTime } from '../../platform/mongo/database-clock.service.js';
import { newGenerationId, songMedia } from '../media/song-media.js';
import { UnreferencedMedia } from '../media/unreferenced-media.service.js';
import { newJobId, TranscodeQueue } from '../queue/transcode-queue.service.js';
import { SongMetrics } from '../song-metrics.service.js';
import { SongRepository } from '../song.repository.js';
import type { Song, SongDocument } from '../song.schema.js';
import { SongsService } from '../songs.service.js';
import { newRun, owned, processingFields, WAITING, type Attempt } from './attempt.js';
import type { Generation } from './generation.schema.js';
import { ProcessingState, type ProcessingError } from './processing.schema.js';

const { QUEUED, TRANSCODING, READY, FAILED } = ProcessingState;
const AT_REST = { 'processing.state': { $in: [READY, FAILED] } };

/** How a run continues that is queued again. */
interface Continuation {
  /** Why it is queued again; the previous error stays when this is left out. */
  error?: ProcessingError;
  /** Whether the attempt that ended counts; else the same attempt is made again. */
  nextAttempt?: boolean;
  /** The earliest start, milliseconds from now. */
  delayMs?: number;
}

/** Moves songs between states. Each move is one conditional update, so of two simultaneous moves only one succeeds. */
@Injectable()
export class SongLifecycle {
  private readonly logger = new Logger(SongLifecycle.name);

  constructor(
    private readonly songs: SongsService,
    private readonly repository: SongRepository,
    private readonly queue: TranscodeQueue,
    private readonly unreferenced: UnreferencedMedia,
    private readonly config: Config,
    private readonly metrics: SongMetrics,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Requests a new generation. A song that is queued or being transcoded already stays as it is. Throws
   * NotFoundError.
   */
  async request(songId: string): Promise<SongDocument> {
    return (await this.startRun(songId, {})) ?? this.songs.get(songId);
  }

  /**
   * Starts a run because media is missing, and until it ends publishes another generation, or none (null). Null if the
   * song does not meet the condition, or a run is under way.
   */
  async remake(
    songId: string,
    condition: QueryFilter<Song>,
    publishedGeneration: string | null,
    error: ProcessingError,
  ): Promise<SongDocument | null> {
    return this.startRun(songId, condition, { publishedGeneration }, error);
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
    const song = await this.repository.transition({
      songId,
      condition: { 'processing.state': QUEUED },
      set: processingFields({ ...WAITING, state: TRANSCODING, attemptId, startedAt: now, heartbeatAt: now }),
      trace: { 'processing.attemptId': attemptId },
    });
    return song && { song, attempt: { songId, attemptId } };
  }

  /** Records heartbeat and progress. False when the attempt has lost its song and should stop. */
  report(
    attempt: Attempt,
    percent: number,
    encoded: Readonly<Record<string, number>> | null,
  ): Promise<boolean> {
    return this.repository.recordHeartbeat(attempt, Math.floor(percent), encoded);
  }

  /**
   * Makes the new generation the one that listeners get, in a single update. False if the attempt no longer owned the
   * song. The steps after the update cannot make it fail.
   */
  async publish(attempt: Attempt, generation: Generation): Promise<boolean> {
    const before = await this.songs.find(attempt.songId);
    if (before?.processing.attemptId !== attempt.attemptId) return false;
    const keep = this.config.KEEP_GENERATIONS;
    const retired = [...before.generations.map(({ id }) => id), generation.id].slice(0, -keep);
    return this.repository.publish(attempt, generation, keep, retired);
  }

  /**
   * Whether an attempt that no longer owns its song has published it although the reply was lost; announces it then.
   * Call it after the attempt has ended (`fail`, `release`): before, the publish might still take effect afterwards.
   */
  hasPublished(attempt: Attempt): Promise<boolean> {
    return this.repository.hasPublished(attempt);
  }

  /**
   * Ends an attempt with an error: 'retry' if the run continues with another attempt, 'lost' if it did not own the
   * song.
   */
  async fail(attempt: Attempt, error: ProcessingError): Promise<'retry' | 'failed' | 'lost'> {
    const { songId } = attempt;
    if (error.retryable) {
      const again = await this.repository.transition({
        songId,
        condition: { ...owned(attempt), 'processing.attempt': { $lt: this.config.TRANSCODE_ATTEMPTS } },
        set: processingFields({ ...WAITING, error }),
        nextAttempt: true,
        trace: {
          'processing.state': QUEUED,
          'processing.attemptId': null,
          'processing.error.code': error.code,
        },
      });
      if (again) return 'retry';
    }
    const finishedAt = databaseTime();
    const ended = await this.repository.transition({
      songId,
      condition: owned(attempt),
      set: processingFields({ state: FAILED, finishedAt, error, attemptId: null }),
      trace: { 'processing.state': FAILED, 'processing.finishedAt': finishedAt },
    });
    if (!ended) return 'lost';
    this.metrics.recordSongFailed();
    return 'failed';
  }

  /** Requeues a song, as at shutdown; the attempt does not count. False if the attempt no longer owned the song. */
  async release(attempt: Attempt): Promise<boolean> {
    return (await this.requeue(attempt.songId, owned(attempt))) !== null;
  }

  /** Requeues a song to start no earlier than in `delayMs`; the attempt does not count. False as for `release`. */
  async postpone(attempt: Attempt, error: ProcessingError, delayMs: number): Promise<boolean> {
    return (await this.requeue(attempt.songId, owned(attempt), { error, delayMs })) !== null;
  }

  /** Queues a song again under a new job. Null if it did not meet the condition. */
  async requeue(
    songId: string,
    condition: QueryFilter<Song>,
    { error, nextAttempt, delayMs }: Continuation = {},
  ): Promise<SongDocument | null> {
    const jobId = newJobId(songId);
    const song = await this.repository.transition({
      songId,
      condition,
      set: processingFields({ ...WAITING, jobId, ...(error && { error }) }),
      nextAttempt,
      trace: { 'processing.jobId': jobId },
    });
    if (song) await this.enqueue(song, delayMs);
    return song;
  }

  /** Publishes an earlier generation again. Throws NotFoundError, ConflictError. */
  async rollback(songId: string, generation: string): Promise<SongDocument> {
    const song = await this.repository.transition({
      songId,
      condition: { 'generations.id': generation },
      set: { publishedGeneration: generation },
      trace: { publishedGeneration: generation },
    });
    if (song) return song;
    await this.songs.get(songId);
    throw new ConflictError(
      `This song keeps no generation "${generation.slice(0, 40)}"; see Song.generations.`,
    );
  }

  /** Enqueues the job of a song that is QUEUED. Never rejects: what Redis does not take, the sweep enqueues. */
  async enqueue({ id: songId, processing }: SongDocument, delayMs?: number): Promise<void> {
    await withLogContext({ songId }, async () => {
      if (await this.queue.enqueue(songId, processing.jobId, delayMs))
        this.logger.log(`song ${songId}: queued`);
    });
  }

  private async startRun(
    songId: string,
    condition: QueryFilter<Song>,
    fields: { publishedGeneration?: string | null } = {},
    error: ProcessingError | null = null,
  ): Promise<SongDocument | null> {
    const run = newRun(newJobId(songId), error);
    const song = await this.repository.transition({
      songId,
      condition: { ...condition, ...AT_REST },
      set: { ...processingFields(run), ...fields },
      trace: { 'processing.jobId': run.jobId },
    });
    if (song) await this.enqueue(song);
    return song;
  }
}
