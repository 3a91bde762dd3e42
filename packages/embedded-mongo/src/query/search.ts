import { type Doc } from '../bson/codec.js';
import { decodeFields } from '../bson/raw.js';
import { Pacer } from '../pacer.js';
import { ReadDocument, type Collection, type StoredRecord } from '../storage/collection.js';
import { filterFields } from './filter-fields.js';
import { KeyFilter } from './key-filter.js';
import { Matcher } from './matcher.js';
import { choosePlan } from './planner.js';
import type { Plan } from './plan.js';
import { Scan, type ScannedRecord } from './scan.js';
import { sortKeyOf, type SortKey } from './sort-key.js';
import { Sorter } from './sorter.js';

/** A matching document: its record number and its content when it was read. */
export type Found = ReadDocument;

export interface SearchOptions {
  readonly sort?: readonly SortKey[] | undefined;
  readonly skip?: number;
  /** The maximum number of documents; undefined for all. */
  readonly limit?: number | undefined;
  readonly hint?: unknown;
  /** The variables that `$expr` may use as `$$name`. */
  readonly variables?: Doc | undefined;
}

const PIECE = 128;

/** One query of one collection: filter, sort, skip and limit. */
export class Search {
  readonly plan: Plan;
  readonly matcher: Matcher;
  private readonly scan: Scan;
  /** The fields the filter needs decoded; undefined for all. */
  private readonly fields: ReadonlySet<string> | undefined;

  constructor(
    collection: Collection,
    readonly filter: Doc,
    readonly options: SearchOptions = {},
  ) {
    this.matcher = new Matcher(filter, options.variables);
    this.plan = choosePlan(collection, filter, options.sort, options.hint);
    this.fields = filterFields(filter);
    this.scan = new Scan(collection, this.plan, KeyFilter.of(collection, filter, this.plan));
  }

  get examined(): { keys: number; docs: number } {
    return { keys: this.scan.keysExamined, docs: this.scan.docsExamined };
  }

  /** Yields matches in sort order, in chunks; other clients are served in between. */
  async *pieces(): AsyncGenerator<Found[]> {
    let skip = this.options.skip ?? 0;
    let left = this.options.limit ?? Infinity;
    for await (const piece of this.plan.sorted ? this.matches() : this.sorted()) {
      const kept = piece.slice(Math.min(skip, piece.length));
      skip -= piece.length - kept.length;
      const wanted = kept.slice(0, Math.min(left, kept.length));
      left -= wanted.length;
      if (wanted.length > 0) yield wanted;
      if (left <= 0) return;
    }
  }

  /** The first match, without yielding to other clients. Returns 'later' after examining `budget` keys or documents. */
  firstNow(budget: number): Found | undefined | 'later' {
    if (!this.plan.sorted) return 'later';
    while (!this.scan.done) {
      if (this.scan.keysExamined > budget || this.scan.docsExamined > budget) return 'later';
      const found = this.matching(this.scan.next(this.pieceSize(1)))[0];
      if (found) return found;
    }
    return undefined;
  }

  private async *matches(): AsyncGenerator<Found[]> {
    const pacer = new Pacer();
    const wanted = (this.options.skip ?? 0) + (this.options.limit ?? Infinity);
    while (!this.scan.done) {
      const found = this.matching(this.scan.next(this.pieceSize(wanted)));
      if (found.length > 0) yield found;
      if (pacer.due) await pacer.rest();
    }
  }

  private async *sorted(): AsyncGenerator<Found[]> {
    const sort = this.options.sort ?? [];
    const { skip = 0, limit } = this.options;
    const sorter = new Sorter<StoredRecord>(limit === undefined ? undefined : skip + limit);
    for await (const piece of this.matches()) {
      // The sorter keeps only the bytes: a decoded document is several times as large.
      for (const { doc, record, bytes } of piece)
        sorter.add(sortKeyOf(doc, sort), { record, bytes }, bytes.length);
    }
    const records = sorter.finish();
    for (let at = 0; at < records.length; at += PIECE) {
      yield records.slice(at, at + PIECE).map(({ record, bytes }) => new ReadDocument(record, bytes));
    }
  }

  /** Starts with small chunks if there is a limit, so that no more documents are examined than returned. */
  private pieceSize(wanted: number): number {
    if (!this.plan.sorted || this.scan.docsExamined >= wanted) return PIECE;
    return Math.max(1, Math.min(PIECE, wanted - this.scan.docsExamined));
  }

  private matching(records: readonly ScannedRecord[]): Found[] {
    const found: Found[] = [];
    for (const { record, bytes, certain } of records) {
      const document = new ReadDocument(record, bytes);
      if (certain || this.isMatch(document)) found.push(document);
    }
    return found;
  }

  private isMatch(document: Found): boolean {
    if (!this.fields) return this.matcher.matches(document.doc);
    if (this.fields.size === 0) return true;
    return this.matcher.matches(decodeFields(document.bytes, this.fields));
  }
}
