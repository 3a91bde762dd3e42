import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ReadThroughCache } from '../platform/cache/read-through-cache.service.js';
import { withLogContext } from '../platform/logging/log-context.js';
import { openScratch } from '../platform/files/scratch.js';
import { TimedOutError } from '../platform/errors/timed-out-error.js';
import { Config } from '../platform/config/config.js';
import type { Attempt } from '../songs/processing/attempt.js';
import { hlsAnswerKey, songMedia } from '../songs/media/song-media.js';
import type { ProcessingError } from '../songs/processing/processing.schema.js';
import { SongLifecycle } from '../songs/processing/song-lifecycle.service.js';
import type { SongDocument } from '../songs/song.schema.js';
import { MediaStorage } from '../platform/storage/media-storage.js';
import { GenerationStore } from './generation-store.service.js';
import { Heartbeat } from './heartbeat.js';
import { HlsPackager } from './hls-packager.service.js';
import { ladderFor } from '../songs/processing/quality.js';
import { toProcessingError } from './processing-failure.js';
import { TranscodingMetrics } from './transcoding-metrics.js';

export type Outcome =
  { result: 'published' | 'nothing to do' | 'released' } | { result: 'retry' | 'failed'; reason: string };

/** Share of the progress for encoding, percent; the rest is for storing. */
const ENCODED_PERCENT = 90;

/**
 * Runs one attempt at a song, from claiming to publishing it. Jobs may arrive twice, since only the owner publishes.
 */
@Injectable()
export class AttemptRunner implements OnModuleInit {
  private readonly logger = new Logger(AttemptRunner.name);
  private readonly running = new Map<Promise<Outcome>, AbortController>();
  private stopping = false;
  private staging: string;

  constructor(
    private readonly lifecycle: SongLifecycle,
    private readonly packager: HlsPackager,
    private readonly storage: MediaStorage,
    private readonly store: GenerationStore,
    private readonly cache: ReadThroughCache,
    private readonly metrics: TranscodingMetrics,
    private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    this.staging = await openScratch(this.config.dataPath('staging'));
  }

  run(songId: string, onPercent: (percent: number) => Promise<void>): Promise<Outcome> {
    const controller = new AbortController();
    const running = withLogContext({ songId }, () => this.tryOnce(songId, controller, onPercent)).finally(
      () => this.running.delete(running),
    );
    this.running.set(running, controller);
    return running;
  }

  /** Aborts all running attempts and waits until their songs are requeued. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const controller of this.running.values())
      controller.abort(new Error('the worker is shutting down'));
    await Promise.allSettled(this.running.keys());
  }

  private async tryOnce(
    songId: string,
    controller: AbortController,
    onPercent: (percent: number) => Promise<void>,
  ): Promise<Outcome> {
    const begun = this.stopping ? null : await this.lifecycle.begin(songId);
    if (!begun) {
      // The previous attempt published but died before it invalidated the cache; this redelivery does it.
      await this.cache.invalidate(hlsAnswerKey(songId));
      return { result: 'nothing to do' };
    }
    return withLogContext({ attemptId: begun.attempt.attemptId }, () =>
      this.work(begun, controller, onPercent),
    );
  }

  private async work(
    { song, attempt }: { song: SongDocument; attempt: Attempt },
    controller: AbortController,
    onPercent: (percent: number) => Promise<void>,
  ): Promise<Outcome> {
    const { songId } = attempt;
    const startedAt = Date.now();
    const folder = join(this.staging, attempt.attemptId);
    const heartbeat = new Heartbeat(this.lifecycle, attempt, onPercent, (reason) => controller.abort(reason));
    this.logger.log(`song ${songId}: attempt ${song.processing.attempt} begins as ${attempt.attemptId}`);
    try {
      heartbeat.start(this.config.HEARTBEAT_TIMEOUT_SECONDS);
      await mkdir(folder, { recursive: true });
      await this.make(song, attempt, folder, heartbeat, controller.signal);
      return this.reportPublished(song, attempt, startedAt);
    } catch (error) {
      heartbeat.stop();
      const outcome = await this.endAttempt(attempt, error);
      if (!outcome && (await this.lifecycle.hasPublished(attempt)))
        return this.reportPublished(song, attempt, startedAt);
      await this.removeOutput(attempt);
      return this.reportEnd(outcome, startedAt);
    } finally {
      heartbeat.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async make(
    song: SongDocument,
    attempt: Attempt,
    folder: string,
    heartbeat: Heartbeat,
    signal: AbortSignal,
  ): Promise<void> {
    const source = join(folder, 'source');
    const qualities = ladderFor(song.original, this.config.LADDER_CAP_TO_SOURCE);
    heartbeat.advance(0, Object.fromEntries(qualities.map(({ name }) => [name, 0])));
    await this.storage.download(song.original.key, source);
    const packed = await this.packager.pack({
      source,
      durationSeconds: song.durationSeconds,
      qualities,
      directory: join(folder, 'package'),
      signal,
      onProgress: (percent, byQuality) => heartbeat.advance((percent * ENCODED_PERCENT) / 100, byQuality),
    });
    const generation = await this.store.put(attempt, packed, join(folder, 'package'), signal, (share) =>
      heartbeat.advance(ENCODED_PERCENT + share * (99 - ENCODED_PERCENT)),
    );
    signal.throwIfAborted();
    if (!(await this.lifecycle.publish(attempt, generation)))
      throw new Error('the song went to another attempt');
  }

  private reportPublished(song: SongDocument, { attemptId }: Attempt, startedAt: number): Outcome {
    const seconds = (Date.now() - startedAt) / 1000;
    this.metrics.transcoded('published', seconds);
    this.metrics.audioTranscoded(song.durationSeconds);
    this.logger.log(`song ${song.id}: ${attemptId} published after ${seconds.toFixed(1)} s`);
    return { result: 'published' };
  }

  private reportEnd(outcome: Outcome | null, startedAt: number): Outcome {
    const counted =
      outcome?.result === 'retry' ? 'retried' : outcome?.result === 'failed' ? 'failed' : 'abandoned';
    this.metrics.transcoded(counted, (Date.now() - startedAt) / 1000);
    return outcome ?? { result: 'nothing to do' };
  }

  /**
   * Ends the attempt's ownership of the song; null if it did not own the song any more. Rejects if the database does
   * not confirm it: the publish may still take effect then, so the files of the attempt must not be removed.
   */
  private async endAttempt(attempt: Attempt, error: unknown): Promise<Outcome | null> {
    if (this.stopping) return (await this.lifecycle.release(attempt)) ? { result: 'released' } : null;
    const failure = toProcessingError(error);
    if (error instanceof TimedOutError) return this.postpone(attempt, failure);
    const next = await this.lifecycle.fail(attempt, failure);
    this.logger.warn(`song ${attempt.songId}: ${attempt.attemptId} ${next}: ${(error as Error).message}`);
    return next === 'lost' ? null : { result: next, reason: failure.message };
  }

  /** A busy machine is not the song's fault: the song is queued for later and keeps its attempts. */
  private async postpone(attempt: Attempt, failure: ProcessingError): Promise<Outcome | null> {
    this.logger.warn(`song ${attempt.songId}: ${attempt.attemptId} postponed: ${failure.message}`);
    const kept = await this.lifecycle.postpone(attempt, failure, this.config.TRANSCODE_BACKOFF_MS);
    return kept ? { result: 'released' } : null;
  }

  /** Best effort: files that cannot be removed now are in the cleanup list and removed by the sweep. */
  private async removeOutput({ songId, attemptId }: Attempt): Promise<void> {
    await this.storage
      .remove(songMedia.generation(songId, attemptId))
      .catch((e: Error) =>
        this.logger.warn(
          `song ${songId}: ${attemptId} could not be removed now, the sweep will retry: ${e.message}`,
        ),
      );
  }
}
