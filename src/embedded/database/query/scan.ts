import { MAX_PIECE_BYTES, type Collection, type StoredRecord } from '../storage/collection.js';
import { recordOf } from '../storage/index-key.js';
import type { IndexPlan, Interval, Plan } from './plan.js';

/** Reads the records of a plan piece by piece. Between two pieces it holds nothing open, only where it was. */
export class Scan {
  keysExamined = 0;
  docsExamined = 0;
  done = false;
  private readonly seen: Set<number> | undefined;
  private readonly parts: IndexPlan[];
  private part = 0;
  private interval = 0;
  private after: Buffer | undefined;
  private afterRecord: number | undefined;

  constructor(
    private readonly collection: Collection,
    private readonly plan: Plan,
  ) {
    this.parts = plan.stage === 'OR' ? [...plan.branches] : 'index' in plan ? [plan] : [];
    if (plan.stage === 'OR' || this.parts.some((part) => part.repeats)) this.seen = new Set();
    if (plan.stage === 'EOF') this.done = true;
  }

  /** Up to `limit` further records; may be fewer, or none, before `done`. */
  next(limit: number): StoredRecord[] {
    if (this.done || this.collection.dropped) {
      this.done = true;
      return [];
    }
    return this.plan.stage === 'COLLSCAN'
      ? this.nextRecords(limit, this.plan.reverse)
      : this.nextKeyed(limit);
  }

  private nextRecords(limit: number, reverse: boolean): StoredRecord[] {
    const records = this.collection.scan(this.afterRecord, limit, reverse);
    this.afterRecord = records.at(-1)?.record ?? this.afterRecord;
    this.done = records.length === 0;
    this.docsExamined += records.length;
    return records;
  }

  private nextKeyed(limit: number): StoredRecord[] {
    const records: StoredRecord[] = [];
    while (!this.done && records.length === 0) {
      const part = this.parts[this.part];
      // A backward scan takes the intervals from the last to the first.
      const at = part?.reverse ? part.intervals.length - 1 - this.interval : this.interval;
      const interval = part?.intervals[at];
      if (!part || !interval) this.nextPart();
      else this.readInterval(part, interval, limit, records);
    }
    return records;
  }

  private readInterval(
    part: IndexPlan,
    { low, high }: Interval,
    limit: number,
    records: StoredRecord[],
  ): void {
    const keys = this.collection.keys(low, high, part.reverse, this.after, limit);
    let size = 0;
    for (const key of keys) {
      this.after = key;
      this.keysExamined++;
      const record = recordOf(key);
      const bytes = this.seen?.has(record) ? undefined : this.collection.read(record);
      if (!bytes) continue;
      this.seen?.add(record);
      this.docsExamined++;
      records.push({ record, bytes });
      size += bytes.length;
      // Few large documents are as much as many small ones.
      if (size > MAX_PIECE_BYTES) return;
    }
    if (keys.length === limit) return;
    this.interval++;
    this.after = undefined;
    if (this.interval >= part.intervals.length) this.nextPart();
  }

  private nextPart(): void {
    this.part++;
    this.interval = 0;
    this.after = undefined;
    this.done = this.part >= this.parts.length;
  }
}
