/**
 * Work that comes round: one round after the other, with a pause between them. A round that fails is told of and does
 * not end the rounds; a pause does not keep the process alive.
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

  /** No round begins any more; the one under way is waited for. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }
}
