import { randomBytes } from 'node:crypto';
import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { JobOptions, Queue } from 'bull';
import { withTimeout } from '../../platform/async/with-timeout.js';
import { Config } from '../../platform/config/config.js';
import { RedisClient } from '../../platform/cache/redis-client.service.js';

export const TRANSCODE_QUEUE = 'transcode';

/** The data of a job: only an id, as the worker reads everything else from the database. */
export interface TranscodeJob {
  songId: string;
}

/** Jobs by state. */
export type QueueDepth = Record<'waiting' | 'active' | 'delayed' | 'failed', number>;

/** Time limit per command, milliseconds: Bull would wait for ever for a Redis that is frozen or was never reached. */
const REDIS_TIMEOUT_MS = 2_000;

/** A delayed job that is overdue by more than this has been forgotten by Bull's timer, milliseconds. */
const OVERDUE_MS = 5_000;
/** Bull's score of a delayed job is its due time in milliseconds times this, plus a number that makes it unique. */
const DUE_SCALE = 0x1000;

/** A new job id each time a song is queued, because Bull silently ignores a job id that it knows. */
export function newJobId(songId: string): string {
  return `${songId}-${randomBytes(4).toString('hex')}`;
}

/** The queue of transcodes. Jobs may be lost with Redis: the sweep enqueues their songs again. */
@Injectable()
export class TranscodeQueue {
  private readonly logger = new Logger(TranscodeQueue.name);

  constructor(
    @InjectQueue(TRANSCODE_QUEUE) private readonly queue: Queue<TranscodeJob>,
    private readonly config: Config,
    private readonly redis: RedisClient,
  ) {
    // Bull emits errors from several clients on every reconnect; without a listener the process would die.
    queue.on('error', (error) => redis.troubles.failed(error));
  }

  /**
   * Resolves to whether Redis accepted the job. Never rejects: the song is QUEUED in the database already, and the
   * sweep enqueues it later. The job starts no earlier than in `delayMs` milliseconds.
   */
  async enqueue(songId: string, jobId: string, delayMs = 0): Promise<boolean> {
    try {
      const options: JobOptions = {
        jobId,
        delay: delayMs,
        attempts: this.config.TRANSCODE_ATTEMPTS,
        backoff: { type: 'exponential', delay: this.config.TRANSCODE_BACKOFF_MS },
        removeOnComplete: true,
        removeOnFail: true,
      };
      await withTimeout(REDIS_TIMEOUT_MS, this.queue.add({ songId }, options));
      return true;
    } catch (error) {
      this.redis.troubles.failed(error);
      this.logger.warn(
        `song ${songId}: could not be queued now, the sweep will: ${(error as Error).message}`,
      );
      return false;
    }
  }

  /**
   * Those of these jobs that a worker will still get. Left out are:
   *
   * - jobs that Redis has lost
   * - jobs handed to a worker that never locked them, as the connection of a frozen worker still accepts jobs
   * - overdue retries: if the message about a delayed job overtakes the reply to Bull's last poll, Bull drops the
   *   message and polls again only after its guard interval, a quarter of an hour
   *
   * Rejects when Redis does not answer or refuses writes.
   */
  async pendingJobIds(jobIds: string[]): Promise<Set<string>> {
    // Redis could still be read, but every job enqueued now would be refused.
    const { refusal } = this.redis.troubles;
    if (refusal) throw refusal;
    const { client } = this.queue;
    const pipeline = client.pipeline().lrange(this.queue.toKey('active'), 0, -1);
    const delayed = this.queue.toKey('delayed');
    for (const id of jobIds)
      pipeline
        .exists(this.queue.toKey(id))
        .exists(this.queue.toKey(`${id}:lock`))
        .zscore(delayed, id);
    const replies = (await withTimeout(REDIS_TIMEOUT_MS, pipeline.exec())) ?? [];
    const failure = replies.find(([error]) => error)?.[0];
    if (failure) throw failure;
    const [handedOut, ...facts] = replies.map(([, reply]) => reply) as [string[], ...unknown[]];
    const overdue = (Date.now() - OVERDUE_MS) * DUE_SCALE;
    return new Set(
      jobIds.filter((id, i) => {
        const [exists, locked, due] = facts.slice(3 * i);
        return exists && (locked || !handedOut.includes(id)) && (due === null || Number(due) > overdue);
      }),
    );
  }

  /** Removes a job that no worker processes any more; does nothing if the job is gone or locked. */
  async remove(jobId: string): Promise<void> {
    const removal = this.queue.getJob(jobId).then((job) => job?.remove());
    await withTimeout(REDIS_TIMEOUT_MS, removal).catch(() => undefined);
  }

  /** Number of jobs by state, for operators, in four commands (Bull needs nine). Rejects when Redis does not answer. */
  async depth(): Promise<QueueDepth> {
    const key = (list: string) => this.queue.toKey(list);
    const pipeline = this.queue.client.pipeline().llen(key('wait')).llen(key('active'));
    const replies =
      (await withTimeout(REDIS_TIMEOUT_MS, pipeline.zcard(key('delayed')).zcard(key('failed')).exec())) ?? [];
    const failure = replies.find(([error]) => error)?.[0];
    if (failure) throw failure;
    const [waiting, active, delayed, failed] = replies.map(([, count]) => Number(count));
    return { waiting: waiting!, active: active!, delayed: delayed!, failed: failed! };
  }
}
