import { decodeTyped, type Doc } from '../bson/codec.js';
import { indexPrefix, recordOf, recordSuffix } from './index-key.js';
import { prefixRange, type Engine } from './engine.js';
import type { IndexDefinition } from './index-definition.js';
import { IndexWriter } from './index-writer.js';

/** The approximate number of bytes read before other clients get a turn. */
export const MAX_PIECE_BYTES = 4 * 1024 * 1024;

/** A stored document: its record number and its BSON. */
export interface StoredRecord {
  readonly record: number;
  readonly bytes: Buffer;
}

/** Called when the traits of an index (multikey, inexact) changed and must be stored. */
export type OnTraitsChanged = (index: IndexDefinition) => void;

/**
 * The documents of one collection, numbered in insertion order. Methods that write must run inside `Engine.write`; they
 * check everything before the first write.
 */
export class Collection {
  indexes: IndexDefinition[];
  count = 0;
  bytes = 0;
  dropped = false;
  private last: number;
  private readonly prefix: Buffer;
  private readonly writer: IndexWriter;

  constructor(
    private readonly engine: Engine,
    readonly id: number,
    readonly database: string,
    readonly name: string,
    readonly uuid: string,
    readonly options: Doc,
    indexes: IndexDefinition[],
    onTraitsChanged: OnTraitsChanged,
  ) {
    this.indexes = indexes;
    this.prefix = indexPrefix(id);
    this.writer = new IndexWriter(engine, this, onTraitsChanged);
    const counters = engine.counters.get(this.prefix);
    if (counters) [this.count, this.bytes] = [counters.readUIntBE(0, 6), counters.readUIntBE(6, 6)];
    const [low, high] = prefixRange(this.prefix);
    const newest = [...engine.records.getKeys({ start: high, end: low, reverse: true, limit: 1 })][0];
    this.last = newest ? recordOf(newest) : 0;
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  read(record: number): Buffer | undefined {
    return this.engine.records.getBinary(this.recordKey(record));
  }

  /** Records in insertion order, after record `after`. */
  scan(after: number | undefined, limit: number, reverse: boolean): StoredRecord[] {
    const [low, high] = prefixRange(this.prefix);
    const resume = after === undefined ? undefined : this.recordKey(after);
    const found: StoredRecord[] = [];
    let size = 0;
    const range = {
      start: resume ?? (reverse ? high : low),
      end: reverse ? low : high,
      reverse,
      limit: limit + 1,
    };
    for (const { key, value } of this.engine.records.getRange(range)) {
      const record = recordOf(key);
      if (record === after || found.length >= limit) continue;
      found.push({ record, bytes: Buffer.from(value) });
      size += value.length;
      if (size > MAX_PIECE_BYTES) break;
    }
    return found;
  }

  /** Throws a duplicate key error before anything is written. */
  insert(doc: Doc, bytes: Buffer): void {
    const record = this.last + 1;
    const changes = this.writer.plan(record, undefined, doc);
    this.last = record;
    this.writer.apply(changes);
    this.engine.records.putSync(this.recordKey(record), bytes);
    this.adjust(1, bytes.length);
  }

  replace(record: number, before: StoredDoc, after: Doc, bytes: Buffer): void {
    const changes = this.writer.plan(record, before.doc, after);
    this.writer.apply(changes);
    this.engine.records.putSync(this.recordKey(record), bytes);
    this.adjust(0, bytes.length - before.bytes.length);
  }

  remove(record: number, before: StoredDoc): void {
    this.writer.apply(this.writer.plan(record, before.doc, undefined));
    this.engine.records.removeSync(this.recordKey(record));
    this.adjust(-1, -before.bytes.length);
  }

  /** Adds an existing document to one index, for index builds. */
  addToIndex(index: IndexDefinition, stored: StoredRecord): void {
    this.writer.apply(this.writer.planOne(index, stored.record, undefined, decodeTyped(stored.bytes)));
  }

  get idIndex(): IndexDefinition {
    return this.indexes[0]!;
  }

  /** Keys of an index between two bounds; `after` is the last key already seen. */
  keys(low: Buffer, high: Buffer, reverse: boolean, after: Buffer | undefined, limit: number): Buffer[] {
    const range = {
      start: after ?? (reverse ? high : low),
      end: reverse ? low : high,
      reverse,
      limit: limit + 1,
    };
    const found: Buffer[] = [];
    for (const key of this.engine.indexes.getKeys(range)) {
      if ((!after || !key.equals(after)) && found.length < limit) found.push(key);
    }
    return found;
  }

  /** Whether an index contains exactly this key. */
  hasKey(key: Buffer): boolean {
    return this.engine.indexes.doesExist(key);
  }

  /** The number of keys between two bounds. */
  countKeys(low: Buffer, high: Buffer): number {
    return this.engine.indexes.getKeysCount({ start: low, end: high });
  }

  private recordKey(record: number): Buffer {
    return Buffer.concat([this.prefix, recordSuffix(record)]);
  }

  private adjust(documents: number, size: number): void {
    this.count += documents;
    this.bytes += size;
    const counters = Buffer.alloc(12);
    counters.writeUIntBE(Math.max(this.count, 0), 0, 6);
    counters.writeUIntBE(Math.max(this.bytes, 0), 6, 6);
    this.engine.counters.putSync(this.prefix, counters);
  }
}

/** A document as it was before a change. */
export interface StoredDoc {
  readonly doc: Doc;
  readonly bytes: Buffer;
}

/** A stored document that is decoded on first access, because most are only passed on. */
export class ReadDocument implements StoredDoc {
  private decoded: Doc | undefined;

  constructor(
    readonly record: number,
    readonly bytes: Buffer,
  ) {}

  get doc(): Doc {
    return (this.decoded ??= decodeTyped(this.bytes));
  }
}
