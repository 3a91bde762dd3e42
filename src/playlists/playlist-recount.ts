import type { Types } from 'mongoose';
import { keysBetween, type Random } from './order-key.js';
import type { PlaylistEntry } from './playlist-entry.schema.js';

/** Keys longer than this are shortened when the playlist is at rest. */
const LONG_KEY = 40;

/** What a recount reads of an entry. */
export type CountedEntry = Pick<PlaylistEntry, 'songId' | 'order' | 'seconds'> & { _id: Types.ObjectId };

export interface Reconciled {
  /** Entries whose song exists, with its present playing time. */
  kept: CountedEntry[];
  /** Those of `kept` whose stored playing time differs. */
  outdated: CountedEntry[];
  /** Entries whose song was deleted. */
  orphaned: CountedEntry[];
}

export interface KeyChange {
  _id: Types.ObjectId;
  from: string;
  to: string;
}

/** Compares entries with the playing times, seconds by song id, of the songs that exist. */
export function reconcile(entries: CountedEntry[], durations: ReadonlyMap<string, number>): Reconciled {
  const result: Reconciled = { kept: [], outdated: [], orphaned: [] };
  for (const entry of entries) {
    const seconds = durations.get(entry.songId.toString());
    if (seconds === undefined) {
      result.orphaned.push(entry);
      continue;
    }
    const current = { ...entry, seconds };
    result.kept.push(current);
    if (seconds !== entry.seconds) result.outdated.push(current);
  }
  return result;
}

/**
 * Short keys for all entries of a playlist, given in their order; none if no key is long. They lie behind the end of
 * the list and the last entry moves first, so that the order is the same after every single change.
 */
export function shorterKeys(entries: readonly CountedEntry[], random?: Random): KeyChange[] {
  if (!entries.some(({ order }) => order.length > LONG_KEY)) return [];
  const keys = keysBetween(entries.at(-1)!.order, null, entries.length, random);
  return entries.map(({ _id, order }, i) => ({ _id, from: order, to: keys[i]! })).reverse();
}
