import { setImmediate as turn } from 'node:timers/promises';

const SLICE_MS = 5;

/** Yields to the event loop every few milliseconds, so that a long scan does not block other clients. */
export class Pacer {
  private since = performance.now();

  /** True when the time slice is used up and `rest` is due. Reads the clock: check per document, not per byte. */
  get due(): boolean {
    return performance.now() - this.since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await turn();
    this.since = performance.now();
  }
}
