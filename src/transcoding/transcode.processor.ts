import { InjectQueue, Process, Processor } from '@nestjs/bull';
import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { withTimeout } from '../platform/async/with-timeout.js';
import { TRANSCODE_QUEUE, type TranscodeJob } from '../songs/queue/transcode-queue.js';
import { AttemptRunner } from './attempt-runner.js';

/** Upper bound of songs in hand at once; encoders wait for their turn in the CPU budget, uploads overlap with them. */
const SONGS_IN_HAND = 2;
const PAUSE_MS = 1_000;

/** Works the queue. What a job means is AttemptRunner's business. */
@Processor(TRANSCODE_QUEUE)
export class TranscodeProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TranscodeProcessor.name);

  constructor(
    @InjectQueue(TRANSCODE_QUEUE) private readonly queue: Queue<TranscodeJob>,
    private readonly runner: AttemptRunner,
  ) {}

  /**
   * A retry that fell due, or was announced, while Redis was away: Bull itself would look for it at its next guard, which
   * is far off. What a typed Bull does not show is what its own timer calls.
   */
  onApplicationBootstrap(): void {
    const bull = this.queue as Queue<TranscodeJob> & { updateDelayTimer(): Promise<void> };
    this.queue.client.on('ready', () => void bull.updateDelayTimer());
  }

  /** Rejects when Bull should bring the job again, after its backoff. */
  @Process({ concurrency: SONGS_IN_HAND })
  async work(job: Job<TranscodeJob>): Promise<void> {
    const outcome = await this.runner.run(job.data.songId, (percent) => job.progress(percent));
    if (outcome.result === 'retry') throw new Error(outcome.reason);
    if (outcome.result === 'failed') {
      await job.discard();
      throw new Error(outcome.reason);
    }
  }

  /** Takes no more work, stops the encoders and hands their songs back before the connections close. */
  async beforeApplicationShutdown(): Promise<void> {
    this.logger.log('handing work back');
    // Before the runner refuses them, so that no order is taken and dropped; a Redis that hangs must not keep us.
    await withTimeout(PAUSE_MS, this.queue.pause(true, true)).catch(() => undefined);
    await this.runner.stop();
  }
}
