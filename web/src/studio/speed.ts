/** Period over which the speed is measured, milliseconds. */
const WINDOW_MS = 3_000;

/** The recent speed of a transfer. */
export class Speed {
  private readonly samples: { at: number; sent: number }[] = [];

  /** Records the bytes sent so far. Returns the recent speed in bytes per second. */
  at(sent: number, now = performance.now()): number {
    this.samples.push({ at: now, sent });
    while (this.samples.length > 2 && now - this.samples[0]!.at > WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    const seconds = (now - first!.at) / 1_000;
    return seconds > 0 ? Math.max(0, (sent - first!.sent) / seconds) : 0;
  }
}
