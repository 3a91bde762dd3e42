import { randomBytes } from 'node:crypto';
import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { JobOptions, Queue } from 'bull';
import { withTimeout } from '../../platform/async/with-timeout.js';
import { Config } from '../../platform/config/config.js';
import { RedisClient } from '../../platform/cache/redis-client.js';

export const TRANSCODE_QUEUE = 'transcode';

/** The work order: ids only; whoever fulfils it reads the rest from the database. */
export interface TranscodeJob {
  songId: string;
}

/** Jobs by state. */
export type QueueDepth = Record<'waiting' | 'active' | 'delayed' | 'failed', number>;

/** Bull would wait for ever for a Redis that is frozen, or that it never reached, milliseconds. */
const REDIS_TIMEOUT_MS = 2_000;

/** A retry that is so late will not be looked for soon, milliseconds. */
const OVERDUE_MS = 5_000;
/** Bull keeps the moment a delayed job is due at in milliseconds times this; the rest of the number tells jobs apart. */
const DUE_SCALE = 0x1000;

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
    private readonly redis: RedisClient,
  ) {
    // Bull emits errors from several clients on every reconnect; without a listener the process would die.
    queue.on('error', (error) => redis.troubles.failed(error));
  }

  /**
   * Whether Redis took the job. Never rejects: the song is QUEUED in the database already, and the sweep queues what this
   * could not. `delayMs`: not before so many milliseconds have passed.
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
   * Which of these jobs will still come to a worker. Not the one that Redis has forgotten, nor the one it handed to a
   * worker that never locked it: a frozen worker's connection still takes orders. Nor the retry that is overdue: when the
   * message about a delayed job overtakes the answer to Bull's last look at them, Bull forgets the message, and looks again
   * only after its guard interval, a quarter of an hour. Rejects when Redis does not answer, or takes no writes.
   */
  async pendingJobIds(jobIds: string[]): Promise<Set<string>> {
    // It would still be read from, but each job queued anew would be refused.
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

  /** Forgets a job that nobody works on any more; harmless when it is gone or locked. */
  async remove(jobId: string): Promise<void> {
    const removal = this.queue.getJob(jobId).then((job) => job?.remove());
    await withTimeout(REDIS_TIMEOUT_MS, removal).catch(() => undefined);
  }

  /** Jobs by state, for operators. Four commands, where Bull would take nine. Rejects when Redis does not answer. */
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
