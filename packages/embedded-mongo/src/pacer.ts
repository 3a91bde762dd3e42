import { setImmediate as turn } from 'node:timers/promises';

const SLICE_MS = 5;

/** Hands the event loop back every few milliseconds, so that one long scan never holds up another client. */
export class Pacer {
  private since = performance.now();

  /** True when the slice is used up and `rest` is due. Looks at the clock, so ask per document, not per byte. */
  get due(): boolean {
    return performance.now() - this.since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await turn();
    this.since = performance.now();
  }
}
