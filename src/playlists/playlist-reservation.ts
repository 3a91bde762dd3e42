import { Claim } from '../platform/scheduling/claim.js';
import { MAX_ENTRIES, type Playlist } from './playlist.schema.js';

/**
 * How many entries a playlist has, and when that may be counted again. The decisions are here; PlaylistQuota,
 * PlaylistUpkeep and PlaylistRecount act on them.
 *
 * **The reservation.** Every entry is a document of its own, so no single write can both add an entry and check the
 * limit. Instead `held` grows before entries are written and shrinks after they are gone:
 *
 *     add               held += n, then the n entries are written
 *     add that failed   its entries are deleted, then held -= n
 *     add, no answer    nothing more: the entries may still be written
 *     remove            the entry is deleted, then held -= 1
 *     recount           held = the entries that were counted, unless an edit began after they were read
 *
 * An edit that ends between its two steps (a crash, a database that does not answer) leaves `held` too high, never too
 * low, so the limit holds; the next recount corrects it. `durationSeconds` changes with `held` in the same writes.
 *
 * **The states.** An edit writes its time, `touchedAt`, together with its reservation. Writes time out after 30 s, so
 * REST_MS after the last edit all reserved entries are written or never will be, and counting is safe:
 *
 *      ┌─────────────► EDITED ◄────────────────┐
 *      │ edit             │ REST_MS            │ edit
 *      │                  ▼                    │
 *      ├───────────── AT REST ──recount──► COUNTED
 *      │ edit,         │   ▲  ▲                │
 *      │ once expired  │   │  └────────────────┘ COUNT_AGE_MS, or a reader missed a song
 *      │     long keys │   │ done
 *      │               ▼   │
 *      └──────────── SHORTENING: edits wait (OrderKeyShortening)
 *
 * **The clocks.** Stored times are those of the database's clock. A time that decides about a write is asked for
 * (DatabaseClock); one that only suggests a recount, or is only shown, is estimated (databaseTime). How long a process
 * waits or works is measured by its own stopwatch (performance.now).
 */

/** A playlist that was not edited for this long is at rest: twice the time after which a write is given up. */
export const REST_MS = 60_000;
/** Maximum age of a count before a read starts a recount, because songs may have been deleted or changed. */
const COUNT_AGE_MS = 3_600_000;

/** While its keys are being shortened, a playlist is not edited, even if the process that does it dies meanwhile. */
export const SHORTENING = new Claim({ until: 'arrangingUntil' }, 20_000);

export interface Amount {
  /** Number of entries. */
  held: number;
  /** Their playing time, seconds. */
  seconds: number;
}

export const NOTHING: Amount = { held: 0, seconds: 0 };

export function amountOf(entries: readonly { seconds: number }[]): Amount {
  return { held: entries.length, seconds: entries.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/**
 * Why `amount` could not be reserved: keys are being shortened until a time that has not come, or there are too few
 * places. Null if nothing stands in the way any more.
 */
export function obstacleTo(
  amount: Amount,
  { arrangingUntil, held }: Pick<Playlist, 'arrangingUntil' | 'held'>,
  now: Date,
): 'SHORTENING' | 'FULL' | null {
  if (SHORTENING.isHeld(arrangingUntil, now)) return 'SHORTENING';
  return held + amount.held > MAX_ENTRIES ? 'FULL' : null;
}

/** Whether a read should start a recount: the playlist is at rest, and its count is old or has just proved wrong. */
export function isRecountDue(
  { touchedAt, countedAt }: Pick<Playlist, 'touchedAt' | 'countedAt'>,
  now: Date,
  missedSong: boolean,
): boolean {
  const isAtRest = touchedAt.getTime() < now.getTime() - REST_MS;
  const age = now.getTime() - (countedAt?.getTime() ?? 0);
  return isAtRest && (missedSong || age > COUNT_AGE_MS);
}
