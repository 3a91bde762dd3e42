/** Counters at one moment. They only grow, unless Redis is restarted or plays expire. */
export interface RedisReading {
  /** Epoch milliseconds. */
  at: number;
  /** Commands that Redis has executed, including those called by scripts (`INFO commandstats`). */
  commands: number;
  /** Number of stored plays. */
  plays: number;
}

/** Averages between readings. */
export interface MeasuredRedis {
  /** Commands per day, extrapolated from the whole period. */
  commandsPerDay: number;
  /** Commands per day, extrapolated from the time without plays; null if there was none. */
  idleCommandsPerDay: number | null;
  /** Additional commands per recorded play; null if there was no play or no idle time. */
  commandsPerPlay: number | null;
  plays: number;
  measuredSeconds: number;
}

/** Minimum measured time, milliseconds. In a shorter one, infrequent polls appear by chance or not at all. */
export const LEAST_MEASURED_MS = 60_000;

const DAY_MS = 86_400_000;

/** Calculates averages from readings, oldest first; null if they cover less than LEAST_MEASURED_MS. */
export function measured(readings: readonly RedisReading[]): MeasuredRedis | null {
  const intervals = readings.slice(1).flatMap((reading, i) => {
    const before = readings[i]!;
    const [ms, commands, plays] = [
      reading.at - before.at,
      reading.commands - before.commands,
      reading.plays - before.plays,
    ];
    // A counter that shrank means that Redis was restarted or plays expired.
    return ms > 0 && commands >= 0 && plays >= 0 ? [{ ms, commands, plays }] : [];
  });
  const all = sum(intervals);
  if (all.ms < LEAST_MEASURED_MS) return null;
  const idle = sum(intervals.filter(({ plays }) => plays === 0));
  const busy = sum(intervals.filter(({ plays }) => plays > 0));
  const idlePace = idle.ms >= LEAST_MEASURED_MS ? idle.commands / idle.ms : null;
  const onTop = idlePace === null ? null : Math.max(0, busy.commands - idlePace * busy.ms);
  return {
    commandsPerDay: (all.commands / all.ms) * DAY_MS,
    idleCommandsPerDay: idlePace === null ? null : idlePace * DAY_MS,
    commandsPerPlay: onTop === null || busy.plays === 0 ? null : onTop / busy.plays,
    plays: all.plays,
    measuredSeconds: Math.round(all.ms / 1_000),
  };
}

function sum(intervals: { ms: number; commands: number; plays: number }[]) {
  return intervals.reduce(
    (total, { ms, commands, plays }) => ({
      ms: total.ms + ms,
      commands: total.commands + commands,
      plays: total.plays + plays,
    }),
    { ms: 0, commands: 0, plays: 0 },
  );
}

/** Sum of the calls of all commands in a reply to `INFO commandstats`. */
export function commandsIn(stats: string): number {
  return [...stats.matchAll(/^cmdstat_\S+:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
