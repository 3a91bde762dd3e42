/**
 * Runs work in rounds, one after the other, with a pause between them. A failed round is reported and does not end the
 * task; a pause does not keep the process alive.
 */
export class PeriodicTask {
  private timer?: NodeJS.Timeout;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly pauseMs: number,
    private readonly onFailure: (error: Error) => void,
  ) {}

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.work()
        .catch(this.onFailure)
        .finally(() => this.start());
    }, this.pauseMs).unref();
  }

  /** Starts no further round and waits for the one in progress. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }
}
