/** What a Redis server and the plays say at a moment. Both numbers only grow, until something is emptied or started again. */
export interface RedisReading {
  /** Epoch milliseconds. */
  at: number;
  /** Commands it has executed, what scripts call included (`INFO commandstats`). */
  commands: number;
  /** Plays kept. */
  plays: number;
}

/** What was measured between readings. */
export interface MeasuredRedis {
  /** Commands, as many as a day would have at the pace of the whole period. */
  commandsPerDay: number;
  /** The same of the time in which nobody played anything; null when there was none. */
  idleCommandsPerDay: number | null;
  /** What came on top of that, for each recorded play; null while there is none. */
  commandsPerPlay: number | null;
  plays: number;
  measuredSeconds: number;
}

/** An interval shorter than this says little about a day, milliseconds: what polls seldom was seen by chance or not at all. */
export const LEAST_MEASURED_MS = 60_000;

const DAY_MS = 86_400_000;

/** Oldest first. Null while there is too little to tell. */
export function measured(readings: readonly RedisReading[]): MeasuredRedis | null {
  const intervals = readings.slice(1).flatMap((reading, i) => {
    const before = readings[i]!;
    const [ms, commands, plays] = [
      reading.at - before.at,
      reading.commands - before.commands,
      reading.plays - before.plays,
    ];
    // Fewer than before: Redis was started again, or plays expired.
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

/** The calls of every command, from an answer to `INFO commandstats`. */
export function commandsIn(stats: string): number {
  return [...stats.matchAll(/^cmdstat_\S+:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
