import { LRUCache } from 'lru-cache';
import type { Model } from 'mongoose';
import { begins } from './search-words.js';

/** Documents are counted up to this number; a word in more of them is simply common. */
const COMMON = 1_000;
const MAX_CACHED_WORDS = 5_000;
const CACHE_TTL_MS = 10 * 60_000;

/** Finds the word of a query that the fewest documents contain. An outdated count costs time, but no results. */
export class RarestWord {
  private readonly counts = new LRUCache<string, number>({ max: MAX_CACHED_WORDS, ttl: CACHE_TTL_MS });

  constructor(private readonly model: Model<any>) {}

  /** Index of the rarest word in `words`; among common words, that of the longest. */
  async placeIn(words: readonly string[]): Promise<number> {
    if (words.length < 2) return 0;
    const counts = await Promise.all(words.map((word) => this.count(word)));
    const rarer = (a: number, b: number) =>
      counts[a]! - counts[b]! || words[b]!.length - words[a]!.length || a - b;
    return words.map((_, place) => place).sort(rarer)[0]!;
  }

  private async count(word: string): Promise<number> {
    const known = this.counts.get(word);
    if (known !== undefined) return known;
    const count = await this.model.countDocuments(begins(word)).limit(COMMON);
    this.counts.set(word, count);
    return count;
  }
}
