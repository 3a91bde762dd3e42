import type { Track } from './track.js';

export type Repeat = 'off' | 'all' | 'one';

/** One place in the queue; the same track may have several. */
export interface QueueEntry {
  readonly key: string;
  readonly track: Track;
}

/** Past, current and coming tracks. `entries` is the order of play, `unshuffled` the order of keys before shuffle. */
export interface Queue {
  readonly entries: readonly QueueEntry[];
  /** Index of the current entry, -1 while the queue is empty. */
  readonly index: number;
  readonly repeat: Repeat;
  readonly unshuffled: readonly string[] | null;
}

export const EMPTY: Queue = { entries: [], index: -1, repeat: 'off', unshuffled: null };

/** Maximum length of a queue. */
export const MAX_ENTRIES = 2_000;

export const current = (queue: Queue): QueueEntry | undefined => queue.entries[queue.index];

export const entriesOf = (tracks: readonly Track[], newKey: () => string): QueueEntry[] =>
  tracks.slice(0, MAX_ENTRIES).map((track) => ({ key: newKey(), track }));

/** A queue of these entries that starts at `at`. Repeat stays; an active shuffle is applied anew. */
export function start(queue: Queue, entries: readonly QueueEntry[], at: number, random: () => number): Queue {
  const fresh = { ...queue, entries, index: entries.length ? Math.min(at, entries.length - 1) : -1, unshuffled: null };
  return queue.unshuffled ? shuffle(fresh, random) : fresh;
}

/** The index after the current one, or -1 at the end. Repeat of one track applies only if the track has `ended`. */
export function nextIndex({ entries, index, repeat }: Queue, ended: boolean): number {
  if (entries.length === 0) return -1;
  if (ended && repeat === 'one') return index;
  if (index + 1 < entries.length) return index + 1;
  return repeat === 'all' ? 0 : -1;
}

export function previousIndex({ entries, index, repeat }: Queue): number {
  if (index > 0) return index - 1;
  return repeat === 'all' ? entries.length - 1 : index;
}

export function add(queue: Queue, entries: readonly QueueEntry[], where: 'next' | 'end'): Queue {
  const added = entries.slice(0, MAX_ENTRIES - queue.entries.length);
  const at = where === 'next' ? queue.index + 1 : queue.entries.length;
  return {
    ...queue,
    entries: queue.entries.toSpliced(at, 0, ...added),
    index: queue.index < 0 && added.length ? 0 : queue.index,
    unshuffled: queue.unshuffled && [...queue.unshuffled, ...added.map(({ key }) => key)],
  };
}

/** The queue without one entry. If that is the current one, the entry behind it becomes current. */
export function remove(queue: Queue, key: string): Queue {
  const at = queue.entries.findIndex((entry) => entry.key === key);
  if (at < 0) return queue;
  const entries = queue.entries.toSpliced(at, 1);
  const index = at < queue.index ? queue.index - 1 : Math.min(queue.index, entries.length - 1);
  return { ...queue, entries, index, unshuffled: queue.unshuffled?.filter((other) => other !== key) ?? null };
}

export function move(queue: Queue, key: string, to: number): Queue {
  const from = queue.entries.findIndex((entry) => entry.key === key);
  const entry = queue.entries[from];
  if (!entry) return queue;
  const entries = queue.entries.toSpliced(from, 1).toSpliced(to, 0, entry);
  const playing = current(queue)?.key;
  return { ...queue, entries, index: entries.findIndex((other) => other.key === playing) };
}

/** Shuffles all but the current entry, which comes first, so that each track plays once (Fisher and Yates). */
export function shuffle(queue: Queue, random: () => number): Queue {
  const playing = current(queue);
  const others = queue.entries.filter((entry) => entry !== playing);
  for (let i = others.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [others[i], others[j]] = [others[j]!, others[i]!];
  }
  return {
    ...queue,
    entries: playing ? [playing, ...others] : others,
    index: playing ? 0 : queue.index,
    unshuffled: queue.entries.map(({ key }) => key),
  };
}

/** Restores the order before shuffle, with the same current track. */
export function unshuffle(queue: Queue): Queue {
  const { unshuffled } = queue;
  if (!unshuffled) return queue;
  const places = new Map(unshuffled.map((key, place) => [key, place]));
  const entries = queue.entries.toSorted((a, b) => (places.get(a.key) ?? 0) - (places.get(b.key) ?? 0));
  const playing = current(queue)?.key;
  return { ...queue, entries, index: entries.findIndex(({ key }) => key === playing), unshuffled: null };
}
