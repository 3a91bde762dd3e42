import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { LeasedPeriodicTask } from '../platform/scheduling/leased-periodic-task.js';
import { Lease } from '../platform/scheduling/lease.service.js';
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
  private readonly task: LeasedPeriodicTask;

  constructor(
    private readonly stalledSongs: StalledSongsSweep,
    private readonly unqueuedSongs: UnqueuedSongsSweep,
    private readonly unreferencedMedia: UnreferencedMediaSweep,
    lease: Lease,
    config: Config,
  ) {
    this.task = new LeasedPeriodicTask(
      lease,
      'sweep',
      () => this.pass(),
      config.SWEEP_SECONDS,
      (e) => this.logger.warn(`sweep postponed: ${e.message}`),
    );
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** Each sweep fails by itself: without Redis no song can be queued, but media can be removed. */
  private async pass(): Promise<void> {
    const onFailure = (e: Error) => this.logger.warn(`sweep ended early: ${e.message}`);
    await this.stalledSongs.pass().catch(onFailure);
    await this.unqueuedSongs.pass().catch(onFailure);
    await this.unreferencedMedia.pass().catch(onFailure);
  }
}
