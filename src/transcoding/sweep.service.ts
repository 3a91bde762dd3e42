import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Lease } from '../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { StalledSongsSweep } from './stalled-songs-sweep.service.js';
import { UnqueuedSongsSweep } from './unqueued-songs-sweep.service.js';
import { UnreferencedMediaSweep } from './unreferenced-media-sweep.service.js';

/**
 * Runs the three sweeps periodically, in one process at a time. They repair what a crash, a flushed Redis or a lost job
 * left inconsistent, since the database is the truth and Redis may lose everything.
 */
@Injectable()
export class SweepService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SweepService.name);
  private readonly task: PeriodicTask;

  constructor(
    private readonly stalledSongs: StalledSongsSweep,
    private readonly unqueuedSongs: UnqueuedSongsSweep,
    private readonly unreferencedMedia: UnreferencedMediaSweep,
    lease: Lease,
    config: Config,
  ) {
    this.task = new PeriodicTask({
      work: (signal) => this.pass(signal),
      pauseMs: config.SWEEP_SECONDS * 1000,
      onFailure: (e) => this.logger.warn(`sweep postponed: ${e.message}`),
      inOneProcess: { lease, name: 'sweep' },
    });
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** Each sweep fails by itself: without Redis no song can be queued, but media can be removed. */
  private async pass(signal: AbortSignal): Promise<void> {
    for (const sweep of [this.stalledSongs, this.unqueuedSongs, this.unreferencedMedia]) {
      if (signal.aborted) return;
      await sweep.pass().catch((e: Error) => this.logger.warn(`sweep ended early: ${e.message}`));
    }
  }
}
