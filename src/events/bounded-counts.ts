/** Counts by key that never exceed a limit. A key is dropped when its count is 0. */
export class BoundedCounts {
  private readonly counts = new Map<string, number>();

  constructor(readonly limit: number) {}

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  fits(key: string, amount = 1): boolean {
    return this.of(key) + amount <= this.limit;
  }

  /** A negative amount releases. The caller must have checked `fits` before. */
  add(key: string, amount: number): void {
    const count = this.of(key) + amount;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
  }
}
