import type { Lease } from './lease.js';
import { PeriodicTask } from './periodic-task.js';

/**
 * Rounds made by one process of many: by whoever holds the lease, for two pauses from the beginning of each round. It is
 * given back at the end, so that the next process need not wait for it to run out.
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
