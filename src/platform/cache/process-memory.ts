import { LRUCache } from 'lru-cache';

const MAX_RESULTS = 10_000;

/** The first cache tier: the most recently used results, in this process's memory. */
export class ProcessMemory {
  private readonly entries = new LRUCache<string, { result: unknown; at: number }>({ max: MAX_RESULTS });

  /** Undefined when no result younger than `maxAgeMs` is stored. */
  find(key: string, maxAgeMs: number): unknown {
    const entry = this.entries.get(key);
    return entry && performance.now() - entry.at < maxAgeMs ? entry.result : undefined;
  }

  remember(key: string, result: unknown): void {
    this.entries.set(key, { result, at: performance.now() });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
