import type { Lease } from './lease.service.js';
import { PeriodicTask } from './periodic-task.js';

/**
 * A periodic task that runs in one process of many: the holder of a lease, which lasts two pauses from the beginning of
 * each round. It is released on shutdown, so that the next process need not wait until it expires.
 */
export class LeasedPeriodicTask {
  private readonly rounds: PeriodicTask;

  constructor(
    private readonly lease: Lease,
    private readonly name: string,
    work: () => Promise<void>,
    pauseSeconds: number,
    onFailure: (error: Error) => void,
  ) {
    const round = async () => {
      if (await lease.take(name, pauseSeconds * 2)) await work();
    };
    this.rounds = new PeriodicTask(round, pauseSeconds * 1000, onFailure);
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.lease.release(this.name).catch(() => undefined);
  }
}
