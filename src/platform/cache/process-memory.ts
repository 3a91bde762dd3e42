import { LRUCache } from 'lru-cache';

const MAX_ANSWERS = 10_000;

/** The first tier: this process's own memory of its most asked answers. */
export class ProcessMemory {
  private readonly entries = new LRUCache<string, { answer: unknown; at: number }>({ max: MAX_ANSWERS });

  /** Undefined when there is none younger than `maxAgeMs`. */
  find(key: string, maxAgeMs: number): unknown {
    const entry = this.entries.get(key);
    return entry && performance.now() - entry.at < maxAgeMs ? entry.answer : undefined;
  }

  remember(key: string, answer: unknown): void {
    this.entries.set(key, { answer, at: performance.now() });
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
