import type { Lease } from './lease.service.js';

/** A lease lasts this many pauses after its last renewal. */
const LEASE_PAUSES = 2;

export interface PeriodicTaskOptions {
  /** One round. It should end early when the signal aborts: the task is being stopped, or its lease is lost. */
  work(signal: AbortSignal): Promise<void>;
  /** Pause before the first round and after each one, milliseconds. It does not keep the process alive. */
  pauseMs: number;
  /** Called with the error of a failed round. The task continues. */
  onFailure(error: Error): void;
  /**
   * Rounds are run only by the process that holds the lease of this name. The lease is renewed during a round, and is
   * kept for a while after that, so that the same process has the next round too.
   */
  inOneProcess?: { lease: Lease; name: string };
}

/** Runs work in rounds, one after the other, with a pause between them. */
export class PeriodicTask {
  private readonly stopping = new AbortController();
  private isStarted = false;
  private timer?: NodeJS.Timeout;
  private round?: Promise<void>;
  /** Whether another round follows the one in progress without a pause. */
  private isDue = false;

  constructor(private readonly options: PeriodicTaskOptions) {}

  start(): void {
    this.isStarted = true;
    this.schedule();
  }

  /** Begins a round at once, or directly after the one in progress. Does nothing after `stop`. */
  runSoon(): void {
    this.isDue = true;
    if (!this.round) this.begin();
  }

  /** Starts no further round, waits for the one in progress and releases the lease. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.round;
    const { inOneProcess } = this.options;
    await inOneProcess?.lease.release(inOneProcess.name).catch(() => undefined);
  }

  /** Runs the task while `work` runs. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.start();
    try {
      return await work();
    } finally {
      await this.stop();
    }
  }

  private schedule(): void {
    if (this.stopping.signal.aborted || !this.isStarted) return;
    this.timer = setTimeout(() => this.begin(), this.options.pauseMs).unref();
  }

  private begin(): void {
    if (this.stopping.signal.aborted) return;
    clearTimeout(this.timer);
    this.isDue = false;
    this.round = this.run()
      .catch(this.options.onFailure)
      .finally(() => {
        this.round = undefined;
        if (this.isDue) this.begin();
        else this.schedule();
      });
  }

  private async run(): Promise<void> {
    const { work, pauseMs, inOneProcess } = this.options;
    const stopped = this.stopping.signal;
    if (!inOneProcess) return work(stopped);
    const { lease, name } = inOneProcess;
    await lease.during(name, (LEASE_PAUSES * pauseMs) / 1000, (lost) =>
      work(AbortSignal.any([stopped, lost])),
    );
  }
}
