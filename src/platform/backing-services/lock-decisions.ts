/** A holder elsewhere that has not renewed its lock for this long is gone, milliseconds. */
const STALE_AFTER_MS = 7_000;
/** A half-written lock is completed within this time or never, milliseconds. */
const WRITING_MS = 500;
/** A successor file older than this was left by a server that was killed while it replaced a lock, milliseconds. */
const REPLACING_MS = 5_000;

/** For how long a lock is watched for renewals when nothing else tells whether its holder runs, milliseconds. */
export function watchMs(holder: 'elsewhere' | 'half-written'): number {
  return holder === 'elsewhere' ? STALE_AFTER_MS : WRITING_MS;
}

/**
 * Whether a lock was renewed between two looks, by the times of its file, epoch milliseconds; undefined: no file. The
 * times are only compared with each other, because the clock of another machine may be wrong.
 */
export function wasRenewed(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && after !== undefined && after !== before;
}

/** Whether a successor file that was made at `madeAt` belongs to nobody any more; undefined: there is none. */
export function isAbandoned(madeAt: number | undefined, now: number): boolean {
  return madeAt !== undefined && now - madeAt > REPLACING_MS;
}
