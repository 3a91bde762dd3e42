import { MongoError } from '../mongo-error.js';

const MAX_SORT_BYTES = 100 * 1024 * 1024;

interface Entry<T> {
  readonly key: Buffer;
  readonly order: number;
  readonly value: T;
  readonly size: number;
}

/** Sorts in memory within MongoDB's memory limit. With a limit, it keeps at most about twice that many entries. */
export class Sorter<T> {
  private entries: Entry<T>[] = [];
  private size = 0;
  private arrived = 0;

  constructor(private readonly limit: number | undefined) {}

  add(key: Buffer, value: T, size: number): void {
    this.entries.push({ key, order: this.arrived++, value, size: size + key.length });
    this.size += size + key.length;
    if (this.limit !== undefined && this.entries.length > this.limit * 2 + 100) this.trim();
    if (this.size > MAX_SORT_BYTES) {
      this.trim();
      if (this.size > MAX_SORT_BYTES) throw tooMuch();
    }
  }

  finish(): T[] {
    this.trim();
    return this.entries.map(({ value }) => value);
  }

  private trim(): void {
    this.entries.sort((a, b) => Buffer.compare(a.key, b.key) || a.order - b.order);
    if (this.limit === undefined || this.entries.length <= this.limit) return;
    this.entries.length = this.limit;
    this.size = this.entries.reduce((sum, entry) => sum + entry.size, 0);
  }
}

const tooMuch = (): MongoError =>
  new MongoError(
    292,
    `Executor error during find command :: caused by :: Sort exceeded memory limit of ${MAX_SORT_BYTES} bytes, but did not opt in to external sorting.`,
  );
