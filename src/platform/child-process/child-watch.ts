import { usageOf, type ProcessUsage } from './process-usage.js';

/** What a child process may use. Processor time comes first: it is the same on an idle and on a busy machine. */
export interface ChildLimits {
  readonly cpuSeconds: number;
  /** Absent: WALL_PER_CPU times the processor time. */
  readonly wallSeconds?: number;
  readonly residentBytes?: number;
  /** It tells of its progress: then it stands still when it does not and uses no processor; else only when stopped. */
  readonly tellsProgress?: boolean;
}

/** Why a child was ended: its own doing (cpu, memory), the machine's (wall), or something that stopped it (stalled). */
export type Excess = 'cpu' | 'memory' | 'wall' | 'stalled';

/** A machine on which ten others want each processor still lets honest work come to its end. */
export const WALL_PER_CPU = 10;
/** How long a child may neither tell of progress nor use its processor, seconds. */
const STALL_SECONDS = 20;
const LOOK_EVERY_MS = 1_000;
/** A pause in our own life (a suspended machine, a blocked loop) counts as no more than this, seconds. */
const LONGEST_PAUSE_SECONDS = 5;

/** What was seen of a child so far. Seconds are counted while we ran ourselves. */
export interface Watched {
  readonly wallSeconds: number;
  readonly stillSeconds: number;
  readonly cpuSeconds: number;
}

/**
 * The next finding. `usage` is absent where it cannot be known, and then nothing counts as standing still; `progressed`
 * is absent for a child that does not tell, and then only being stopped does.
 */
export function observed(
  before: Watched,
  usage: ProcessUsage | undefined,
  seconds: number,
  progressed: boolean | undefined,
): Watched {
  const counted = Math.min(seconds, LONGEST_PAUSE_SECONDS);
  const cpuSeconds = usage?.cpuSeconds ?? before.cpuSeconds;
  const idle = progressed === false && !usage?.waiting && cpuSeconds === before.cpuSeconds;
  const still = usage && (usage.stopped || idle);
  return {
    wallSeconds: before.wallSeconds + counted,
    stillSeconds: still ? before.stillSeconds + counted : 0,
    cpuSeconds,
  };
}

/** Which limit is passed, if any. */
export function excessOf(
  seen: Watched,
  residentBytes: number,
  { cpuSeconds, wallSeconds = cpuSeconds * WALL_PER_CPU, residentBytes: most = Infinity }: ChildLimits,
  cpuBefore = 0,
): Excess | undefined {
  if (seen.cpuSeconds - cpuBefore > cpuSeconds) return 'cpu';
  if (residentBytes > most) return 'memory';
  if (seen.stillSeconds >= STALL_SECONDS) return 'stalled';
  return seen.wallSeconds > wallSeconds ? 'wall' : undefined;
}

/** Looks after one piece of work of a child process and tells, once, which limit it has passed. Ends nothing itself. */
export class ChildWatch {
  private readonly cpuBefore: number;
  private seen: Watched;
  private progressed = false;
  private lookedAt = performance.now();
  private timer?: NodeJS.Timeout;
  private over = false;

  /** @param cpuBefore what the child had used before this piece of work, seconds */
  constructor(
    private readonly pid: number,
    private readonly limits: ChildLimits,
    private readonly onExcess: (excess: Excess) => void,
    { cpuBefore = 0, everyMs = LOOK_EVERY_MS } = {},
  ) {
    this.cpuBefore = cpuBefore;
    this.seen = { wallSeconds: 0, stillSeconds: 0, cpuSeconds: cpuBefore };
    const { wallSeconds = Infinity } = limits;
    this.lookAgain(Math.min(everyMs, wallSeconds * 1000));
  }

  /** The child has come on: it does not stand still. */
  progress(): void {
    this.progressed = true;
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private lookAgain(afterMs: number): void {
    this.timer = setTimeout(() => {
      void this.look().then(() => this.over || this.lookAgain(afterMs));
    }, afterMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const usage = await usageOf(this.pid);
    if (this.over) return;
    const now = performance.now();
    const progressed = this.limits.tellsProgress ? this.progressed : undefined;
    this.seen = observed(this.seen, usage, (now - this.lookedAt) / 1000, progressed);
    this.lookedAt = now;
    this.progressed = false;
    const excess = excessOf(this.seen, usage?.residentBytes ?? 0, this.limits, this.cpuBefore);
    if (!excess) return;
    this.stop();
    this.onExcess(excess);
  }
}
