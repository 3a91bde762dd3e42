import { usageOf, type ProcessUsage } from './process-usage.js';

/** What a child process may use. Processor time is the main limit: it is the same on an idle and on a busy machine. */
export interface ChildLimits {
  readonly cpuSeconds: number;
  /** Absent: WALL_PER_CPU times the processor time. */
  readonly wallSeconds?: number;
  readonly residentBytes?: number;
  /**
   * Whether the child reports progress. If so, it is stalled without progress and processor time; else only if stopped.
   */
  readonly reportsProgress?: boolean;
}

/**
 * The limit a child exceeded: its own (cpu, memory), one that a busy machine causes (wall), or no activity (stalled).
 */
export type Excess = 'cpu' | 'memory' | 'wall' | 'stalled';

/** Wall time per processor time: a job must finish even if ten processes compete for each processor. */
export const WALL_PER_CPU = 10;
/** How long a child may neither report progress nor use processor time, seconds. */
const STALL_SECONDS = 20;
const LOOK_EVERY_MS = 1_000;
/** A pause of this process (a suspended machine, a blocked event loop) counts as this much at most, seconds. */
const LONGEST_PAUSE_SECONDS = 5;

/** What was observed of a child so far. Seconds are counted only while this process was running. */
export interface Watched {
  readonly wallSeconds: number;
  readonly stillSeconds: number;
  readonly cpuSeconds: number;
}

/**
 * The next observation. `usage` is undefined where it cannot be read, and then a child never counts as stalled;
 * `progressed` is undefined for a child that does not report progress, and then it is stalled only while it is stopped.
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

/** The exceeded limit, or undefined. */
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

/** Watches one job of a child process and reports, once, which limit it exceeded. It does not end the child. */
export class ChildWatch {
  private readonly cpuBefore: number;
  private seen: Watched;
  private progressed = false;
  private lookedAt = performance.now();
  private timer?: NodeJS.Timeout;
  private over = false;

  /** @param cpuBefore processor time that the child had used before this job, seconds */
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

  /** The child has made progress: it is not stalled. */
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
    const progressed = this.limits.reportsProgress ? this.progressed : undefined;
    this.seen = observed(this.seen, usage, (now - this.lookedAt) / 1000, progressed);
    this.lookedAt = now;
    this.progressed = false;
    const excess = excessOf(this.seen, usage?.residentBytes ?? 0, this.limits, this.cpuBefore);
    if (!excess) return;
    this.stop();
    this.onExcess(excess);
  }
}
