import { decodeTyped, type Doc } from '../bson/codec.js';
import { equalValues } from '../bson/compare.js';
import { shellText } from '../bson/shell-text.js';
import { MongoError } from '../mongo-error.js';
import type { Collection, OnTraitsChanged } from './collection.js';
import { prefixRange, type Engine } from './engine.js';
import type { IndexDefinition } from './index-definition.js';
import { indexPrefix, recordOf, recordSuffix, tupleKey } from './index-key.js';
import { EMPTY_ARRAY, indexValues } from './index-values.js';

/** The keys to remove from and add to an index for one change of one document. */
export interface IndexChange {
  readonly removed: Buffer[];
  readonly added: Buffer[];
}

interface Keys {
  /** Keyed by their bytes as text, so that equal elements of an array yield one key. */
  readonly byText: Map<string, { key: Buffer; tuple: unknown[] }>;
}

const NO_KEYS: Keys = { byText: new Map() };
const PRESENT = Buffer.of(1);

/** Updates the indexes of a collection when its documents change. */
export class IndexWriter {
  constructor(
    private readonly engine: Engine,
    private readonly collection: Collection,
    private readonly onTraitsChanged: OnTraitsChanged,
  ) {}

  /** The changes of all indexes for a change of one document. Throws on a duplicate key, before any write. */
  plan(record: number, before: Doc | undefined, after: Doc | undefined): IndexChange[] {
    return this.collection.indexes.flatMap((index) => this.planOne(index, record, before, after));
  }

  planOne(
    index: IndexDefinition,
    record: number,
    before: Doc | undefined,
    after: Doc | undefined,
  ): IndexChange[] {
    const old = before ? this.keysOf(index, before) : NO_KEYS;
    const fresh = after ? this.keysOf(index, after) : NO_KEYS;
    const removed: Buffer[] = [];
    const added: Buffer[] = [];
    for (const [text, { key }] of old.byText) if (!fresh.byText.has(text)) removed.push(key);
    for (const [text, { key, tuple }] of fresh.byText) {
      if (old.byText.has(text) && before) continue;
      if (index.unique) this.assertFree(index, key, tuple, record);
      added.push(key);
    }
    if (removed.length === 0 && added.length === 0) return [];
    const suffix = recordSuffix(record);
    const whole = (key: Buffer): Buffer => Buffer.concat([key, suffix]);
    return [{ removed: removed.map(whole), added: added.map(whole) }];
  }

  apply(changes: readonly IndexChange[]): void {
    for (const { removed, added } of changes) {
      for (const key of removed) this.engine.indexes.removeSync(key);
      for (const key of added) this.engine.indexes.putSync(key, PRESENT);
    }
  }

  private keysOf(index: IndexDefinition, doc: Doc): Keys {
    if (index.partial && !index.partial.matches(doc)) return NO_KEYS;
    const { tuples, multikey } = indexValues(doc, index.fields);
    if (index.sparse && tuples.every((tuple) => tuple.every((value) => value === undefined))) return NO_KEYS;
    const byText: Keys['byText'] = new Map();
    const prefix = indexPrefix(index.id);
    let exact = true;
    for (const tuple of tuples) {
      const encoded = tupleKey(tuple, index.fields);
      exact &&= encoded.exact;
      byText.set(encoded.bytes.toString('latin1'), { key: Buffer.concat([prefix, encoded.bytes]), tuple });
    }
    this.noteTraits(index, multikey, exact);
    return { byText };
  }

  private noteTraits(index: IndexDefinition, multikey: ReadonlySet<string>, exact: boolean): void {
    const fresh = [...multikey].filter((path) => !index.multikey.has(path));
    if (fresh.length === 0 && (exact || index.inexact)) return;
    for (const path of fresh) index.multikey.add(path);
    index.inexact ||= !exact;
    this.onTraitsChanged(index);
  }

  private assertFree(index: IndexDefinition, key: Buffer, tuple: unknown[], record: number): void {
    const [low, high] = prefixRange(key);
    for (const taken of this.collection.keys(low, high, false, undefined, 4)) {
      const other = recordOf(taken);
      if (other !== record && this.holds(index, other, tuple)) throw this.duplicate(index, tuple);
    }
  }

  /** Keys of long values end in a hash, so the document itself decides. */
  private holds(index: IndexDefinition, record: number, tuple: unknown[]): boolean {
    if (!index.inexact) return true;
    const bytes = this.collection.read(record);
    if (!bytes) return false;
    const { tuples } = indexValues(decodeTyped(bytes), index.fields);
    return tuples.some((other) => other.every((value, i) => equalValues(value ?? null, tuple[i] ?? null)));
  }

  private duplicate(index: IndexDefinition, tuple: unknown[]): MongoError {
    const keyValue: Doc = {};
    index.fields.forEach(({ path }, i) => {
      keyValue[path] = tuple[i] === EMPTY_ARRAY ? undefined : (tuple[i] ?? null);
    });
    const shown = index.fields.map(({ path }) => `${path}: ${shellText(keyValue[path])}`).join(', ');
    return new MongoError(
      11000,
      `E11000 duplicate key error collection: ${this.collection.namespace} index: ${index.name} dup key: { ${shown} }`,
      { keyPattern: index.spec['key'], keyValue },
    );
  }
}
