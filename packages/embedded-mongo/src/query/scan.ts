import { MAX_PIECE_BYTES, type Collection, type StoredRecord } from '../storage/collection.js';
import { recordOf } from '../storage/index-key.js';
import type { KeyFilter } from './key-filter.js';
import type { IndexPlan, Interval, Plan } from './plan.js';

const FILTERED_KEYS = 128;
/** The number of keys examined before other clients get a turn. */
const MAX_PIECE_KEYS = 512;

/** A record found by a plan; `certain` if its key proves that it matches. */
export interface ScannedRecord extends StoredRecord {
  readonly certain: boolean;
}

/** Reads the records of a plan in chunks. Between two chunks it keeps only its position, no open transaction. */
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
    private readonly keyFilter?: KeyFilter,
  ) {
    this.parts = plan.stage === 'OR' ? [...plan.branches] : 'index' in plan ? [plan] : [];
    if (plan.stage === 'OR' || this.parts.some((part) => part.repeats)) this.seen = new Set();
    if (plan.stage === 'EOF') this.done = true;
  }

  /** Up to `limit` further records; may be fewer, or none, before `done`. */
  next(limit: number): ScannedRecord[] {
    if (this.done || this.collection.dropped) {
      this.done = true;
      return [];
    }
    return this.plan.stage === 'COLLSCAN'
      ? this.nextRecords(limit, this.plan.reverse)
      : this.nextKeyed(limit);
  }

  private nextRecords(limit: number, reverse: boolean): ScannedRecord[] {
    const records = this.collection.scan(this.afterRecord, limit, reverse);
    this.afterRecord = records.at(-1)?.record ?? this.afterRecord;
    this.done = records.length === 0;
    this.docsExamined += records.length;
    return records.map((record) => ({ ...record, certain: false }));
  }

  private nextKeyed(limit: number): ScannedRecord[] {
    const records: ScannedRecord[] = [];
    const enough = this.keysExamined + MAX_PIECE_KEYS;
    while (!this.done && records.length === 0 && this.keysExamined < enough) {
      const part = this.parts[this.part];
      // A backward scan visits the intervals from the last to the first.
      const at = part?.reverse ? part.intervals.length - 1 - this.interval : this.interval;
      const interval = part?.intervals[at];
      if (!part || !interval) this.nextPart();
      else this.readInterval(part, interval, limit, records);
    }
    return records;
  }

  private readInterval(part: IndexPlan, interval: Interval, limit: number, records: ScannedRecord[]): void {
    const { low, high } = interval;
    // A key filter may reject most of these keys.
    const chunk = this.keyFilter ? Math.max(limit, FILTERED_KEYS) : limit;
    const keys = this.collection.keys(low, high, part.reverse, this.after, chunk);
    let size = 0;
    for (const key of keys) {
      this.after = key;
      this.keysExamined++;
      const record = recordOf(key);
      if (this.seen?.has(record)) continue;
      const match = part.covered || this.keyFilter?.evaluate(key, interval);
      const bytes = match === false && !part.covered ? undefined : this.collection.read(record);
      this.seen?.add(record);
      if (!bytes) continue;
      this.docsExamined++;
      records.push({ record, bytes, certain: match === true });
      size += bytes.length;
      // The limit is by bytes, so that large documents end a chunk early.
      if (size > MAX_PIECE_BYTES || records.length === limit) return;
    }
    if (keys.length === chunk) return;
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
