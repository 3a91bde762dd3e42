import { diagnose, type AwaitedFile } from './diagnosis.js';
import type { Trouble } from './trouble.js';

/** Milliseconds without a byte after which the listener sees a message. */
const STALL_MS = 4_000;

export interface StallWatchEvents {
  awaited: () => AwaitedFile;
  /** Called every few seconds for as long as nothing arrives. */
  onStalled: (trouble: Trouble) => void;
}

/** Detects that a song that should play makes no progress, and finds out why. */
export class StallWatch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Incremented at the end of a wait, so that the diagnosis of an earlier wait is ignored. */
  private waits = 0;

  constructor(private readonly events: StallWatchEvents) {}

  /** Starts or stops watching. Repeated calls with the same value have no effect. */
  follow(isWaiting: boolean): void {
    if (!isWaiting) this.stop();
    else this.timer ??= this.begin();
  }

  /** Data has arrived, so the wait starts over. */
  progress(): void {
    if (this.timer === undefined) return;
    this.stop();
    this.timer = this.begin();
  }

  private begin(): ReturnType<typeof setTimeout> {
    return setTimeout(() => void this.look(), STALL_MS);
  }

  private stop(): void {
    this.waits++;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const wait = this.waits;
    const trouble = await diagnose(this.events.awaited());
    if (wait !== this.waits) return;
    this.timer = this.begin();
    this.events.onStalled(trouble);
  }
}
