import { LRUCache } from 'lru-cache';
import type { Model } from 'mongoose';
import { begins } from './search-words.js';

/** Beyond this many things a word is simply common. */
const COMMON = 1_000;
const REMEMBERED_WORDS = 5_000;
const REMEMBERED_MS = 10 * 60_000;

/** Knows which word of a query leaves the least to look at. A guess that is out of date costs time, never answers. */
export class RarestWord {
  private readonly counts = new LRUCache<string, number>({ max: REMEMBERED_WORDS, ttl: REMEMBERED_MS });

  constructor(private readonly model: Model<any>) {}

  /** Its place in `words`; among common words the longest. */
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
