/** Callers that may go on in one turn of the event loop: some milliseconds of work. */
const EACH = 100;

/** Lets many callers that wake at once go on in groups, so that other work of the process runs in between. */
export class Turns {
  private left = EACH;
  private begun = false;
  private readonly waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn. */
  async take(): Promise<void> {
    this.begin();
    if (this.left === 0) return new Promise((resolve) => this.waiting.push(resolve));
    this.left -= 1;
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    setImmediate(() => this.next());
  }

  private next(): void {
    this.begun = false;
    const group = this.waiting.splice(0, EACH);
    this.left = EACH - group.length;
    if (group.length > 0) this.begin();
    for (const go of group) go();
  }
}
