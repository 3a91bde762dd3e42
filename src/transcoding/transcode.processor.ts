import { InjectQueue, Process, Processor } from '@nestjs/bull';
import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { withTimeout } from '../platform/async/with-timeout.js';
import { TRANSCODE_QUEUE, type TranscodeJob } from '../songs/queue/transcode-queue.service.js';
import { AttemptRunner } from './attempt-runner.service.js';

/** Songs processed at once per worker: one can encode while another is stored. CpuBudget limits the encoders. */
const CONCURRENT_SONGS = 2;
/** How long pausing the queue may take at shutdown, milliseconds. */
const PAUSE_MS = 1_000;

/** Takes jobs from the queue and maps their outcome to Bull's retries. AttemptRunner does the work. */
@Processor(TRANSCODE_QUEUE)
export class TranscodeProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TranscodeProcessor.name);

  constructor(
    @InjectQueue(TRANSCODE_QUEUE) private readonly queue: Queue<TranscodeJob>,
    private readonly runner: AttemptRunner,
  ) {}

  /**
   * Makes Bull look for delayed jobs when Redis is back. A retry that became due, or was added, while Redis was
   * unavailable would otherwise wait for Bull's guard interval. The method is missing in Bull's types.
   */
  onApplicationBootstrap(): void {
    const bull = this.queue as Queue<TranscodeJob> & { updateDelayTimer(): Promise<void> };
    this.queue.client.on('ready', () => void bull.updateDelayTimer());
  }

  /** Rejects if Bull should deliver the job again, after its backoff. */
  @Process({ concurrency: CONCURRENT_SONGS })
  async work(job: Job<TranscodeJob>): Promise<void> {
    const outcome = await this.runner.run(job.data.songId, (percent) => job.progress(percent));
    if (outcome.result === 'retry') throw new Error(outcome.reason);
    if (outcome.result === 'failed') {
      await job.discard();
      throw new Error(outcome.reason);
    }
  }

  /** Stops taking jobs, aborts the encoders and requeues their songs before the connections close. */
  async beforeApplicationShutdown(): Promise<void> {
    this.logger.log('shutting down: returning songs to the queue');
    // Paused before the runner stops, so that no job is taken and dropped; a Redis that hangs must not delay the exit.
    await withTimeout(PAUSE_MS, this.queue.pause(true, true)).catch(() => undefined);
    await this.runner.stop();
  }
}
