import { diagnose, type AwaitedFile } from './diagnosis.js';
import type { Trouble } from './trouble.js';

/** Without a byte for this long the listener is told, milliseconds. */
const STALL_MS = 4_000;

export interface StallWatchEvents {
  awaited: () => AwaitedFile;
  /** Told again every few seconds for as long as nothing comes. */
  onStalled: (trouble: Trouble) => void;
}

/** Notices that a song which is to sound makes no progress, and finds out why. */
export class StallWatch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts what ends a wait, so that the answer about an earlier one is dropped. */
  private waits = 0;

  constructor(private readonly events: StallWatchEvents) {}

  /** Whether sound is being waited for; may be said as often as one likes. */
  follow(isWaiting: boolean): void {
    if (!isWaiting) this.stop();
    else this.timer ??= this.begin();
  }

  /** Something arrived: the wait begins anew. */
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
