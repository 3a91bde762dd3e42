/** Requests at a time in this process, and to one receiver, so that a slow receiver does not delay the others. */
const MAX_REQUESTS = 8;
const MAX_REQUESTS_PER_RECEIVER = 2;

/** Counts the running requests by receiver. */
export class RequestSlots {
  private readonly running = new Map<string, number>();
  private total = 0;

  get isFull(): boolean {
    return this.total >= MAX_REQUESTS;
  }

  /** The receivers to which no further request may be made now. */
  get busyReceivers(): string[] {
    return [...this.running].filter(([, count]) => count >= MAX_REQUESTS_PER_RECEIVER).map(([id]) => id);
  }

  take(receiver: string): void {
    this.count(receiver, 1);
  }

  release(receiver: string): void {
    this.count(receiver, -1);
  }

  private count(receiver: string, change: 1 | -1): void {
    this.total += change;
    const count = (this.running.get(receiver) ?? 0) + change;
    if (count > 0) this.running.set(receiver, count);
    else this.running.delete(receiver);
  }
}
