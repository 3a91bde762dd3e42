/**
 * Tasks that run at the same time and end together, as in Go's errgroup. The group ends when the caller's signal aborts,
 * when a task fails, or when somebody calls `end`. Of several reasons the first counts.
 */
export class TaskGroup {
  private readonly ended = new AbortController();
  private readonly tasks: Promise<unknown>[] = [];
  private readonly signal: AbortSignal;

  constructor(outer?: AbortSignal) {
    this.signal = outer ? AbortSignal.any([outer, this.ended.signal]) : this.ended.signal;
  }

  /** Starts a task, which must settle soon after its signal aborts. */
  start<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = task(this.signal);
    this.tasks.push(running.catch((error: unknown) => this.end(error)));
    return running;
  }

  /** Ends all tasks. */
  end(reason: unknown): void {
    this.ended.abort(reason);
  }

  /** Resolves when all tasks have succeeded. Rejects, when all have settled, with the reason for which they ended. */
  async join(): Promise<void> {
    await Promise.all(this.tasks);
    this.signal.throwIfAborted();
  }
}
