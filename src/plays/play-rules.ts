/** A play counts after this many seconds, or after half the song if that is shorter. */
const COUNTS_AFTER = 30;

/** Upper bound of `seconds` in one report. A larger value cannot be true. */
export const MAX_SECONDS = 86_400;

export function counts(heardSeconds: number, songSeconds: number): boolean {
  return heardSeconds >= Math.min(COUNTS_AFTER, songSeconds / 2);
}

/** `day` of the buckets that hold totals. */
export const ALL_TIME = 'all';

const DAY_MS = 86_400_000;

/** Day in UTC, for example "2026-11-23". */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The first of the last `days` days, today included. */
export function firstDayOf(days: number, now: Date): string {
  return dayOf(new Date(now.getTime() - (days - 1) * DAY_MS));
}

export const bucketId = (day: string, songId: string): string => `${day}:${songId}`;

/** Number of plays to add to a bucket. */
export interface BucketIncrement {
  id: string;
  day: string;
  songId: string;
  plays: number;
}

/** Increments for a batch of plays: each play counts in the bucket of its day and in that of all time. */
export function incrementsOf(plays: { songId: { toString(): string }; at: Date }[]): BucketIncrement[] {
  const increments = new Map<string, BucketIncrement>();
  for (const play of plays) {
    const songId = play.songId.toString();
    for (const day of [dayOf(play.at), ALL_TIME]) {
      const id = bucketId(day, songId);
      const increment = increments.get(id) ?? { id, day, songId, plays: 0 };
      increment.plays++;
      increments.set(id, increment);
    }
  }
  return [...increments.values()];
}
