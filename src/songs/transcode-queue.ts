import { randomBytes } from 'node:crypto';
import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';

export const TRANSCODE_QUEUE = 'transcode';

/** The work order: ids only; whoever fulfils it reads the rest from the database. */
export interface TranscodeJob {
  songId: string;
}

/** How long Redis may be away before it is worth a line, milliseconds. */
const OUTAGE_MS = 5_000;

/** A name for one queueing of a song: Bull silently ignores a job id it has seen, so each order has its own. */
export function newJobId(songId: string): string {
  return `${songId}-${randomBytes(4).toString('hex')}`;
}

/** Orders transcodes. Redis is disposable here: what is lost the sweep orders again. */
@Injectable()
export class TranscodeQueue {
  private readonly logger = new Logger(TranscodeQueue.name);

  constructor(
    @InjectQueue(TRANSCODE_QUEUE) private readonly queue: Queue<TranscodeJob>,
    private readonly config: Config,
    metrics: Metrics,
  ) {
    metrics.observeQueue(() => this.depth());
    // Bull emits errors from several clients on every reconnect; without a listener the process would die.
    queue.on('error', (error) => this.reportOutage(error));
  }

  /** Never rejects: the song is QUEUED in the database already, and the sweep orders what this could not. */
  async order(songId: string, jobId: string): Promise<void> {
    try {
      await this.queue.add(
        { songId },
        {
          jobId,
          attempts: this.config.TRANSCODE_ATTEMPTS,
          backoff: { type: 'exponential', delay: this.config.TRANSCODE_BACKOFF_MS },
          removeOnComplete: true,
          removeOnFail: true,
        },
      );
    } catch (error) {
      this.logger.warn(
        `song ${songId}: could not be queued now, the sweep will: ${(error as Error).message}`,
      );
    }
  }

  /** Which of these jobs Redis still knows; a job is removed the moment it ends. */
  async known(jobIds: string[]): Promise<Set<string>> {
    const pipeline = this.queue.client.pipeline();
    for (const jobId of jobIds) pipeline.exists(this.queue.toKey(jobId));
    const replies = (await pipeline.exec()) ?? [];
    return new Set(jobIds.filter((_, i) => replies[i]?.[1] === 1));
  }

  /** Forgets a job that nobody works on any more; harmless when it is gone or locked. */
  async discard(jobId: string): Promise<void> {
    const job = await this.queue.getJob(jobId).catch(() => null);
    await job?.remove().catch(() => undefined);
  }

  /** Jobs by state, for operators. */
  async depth(): Promise<Record<string, number>> {
    const { waiting, active, delayed, failed } = await this.queue.getJobCounts();
    return { waiting, active, delayed, failed };
  }

  private outage?: NodeJS.Timeout;

  /** Bull repeats itself at every attempt to reconnect, and complains while it still connects: one line, if it lasts. */
  private reportOutage(error: Error): void {
    this.outage ??= setTimeout(() => {
      this.outage = undefined;
      if (this.queue.client.status === 'ready') return;
      this.logger.error(`Redis does not answer the queue: ${error.message}`);
    }, OUTAGE_MS).unref();
  }
}
