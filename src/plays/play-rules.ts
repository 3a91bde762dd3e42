/** A play counts after this much, seconds, or half the song if that is less. */
const COUNTS_AFTER = 30;

/** The longest song, heard twice: more than this in one play is a mistake or a lie. */
export const MAX_SECONDS = 86_400;

export function counts(heardSeconds: number, songSeconds: number): boolean {
  return heardSeconds >= Math.min(COUNTS_AFTER, songSeconds / 2);
}

/** The bucket of everything ever played. */
export const ALL_TIME = 'all';

const DAY_MS = 86_400_000;

/** "2026-11-23": days are days in UTC, the same on every server. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The first of the last `days` days, today included. */
export function firstDayOf(days: number, now: Date): string {
  return dayOf(new Date(now.getTime() - (days - 1) * DAY_MS));
}

export const bucketId = (day: string, songId: string): string => `${day}:${songId}`;

export interface BucketLine {
  id: string;
  day: string;
  songId: string;
  plays: number;
}

/** What a batch of plays adds to which buckets: each play to its day and to all time. */
export function linesOf(plays: { songId: { toString(): string }; at: Date }[]): BucketLine[] {
  const lines = new Map<string, BucketLine>();
  for (const play of plays) {
    const songId = play.songId.toString();
    for (const day of [dayOf(play.at), ALL_TIME]) {
      const id = bucketId(day, songId);
      const line = lines.get(id) ?? { id, day, songId, plays: 0 };
      line.plays++;
      lines.set(id, line);
    }
  }
  return [...lines.values()];
}
