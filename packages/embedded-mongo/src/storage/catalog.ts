import { randomUUID } from 'node:crypto';
import { Int32 } from 'bson';
import { decodePlain, decodeTyped, encode, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { Collection } from './collection.js';
import { Engine, prefixRange } from './engine.js';
import { IndexDefinition } from './index-definition.js';
import { indexPrefix } from './index-key.js';

const NEXT_ID = Buffer.from('#next');
const COLLECTION = 'c:';
const TRASH = 't:';
const PURGE_BATCH = 2000;

/** The collections and indexes of the data directory. Kept in memory and written through to disk. */
export class Catalog {
  private readonly collections = new Map<string, Collection>();
  private nextId: number;
  private purging: Promise<void> | undefined;
  private closing = false;

  constructor(readonly engine: Engine) {
    this.nextId = engine.catalog.get(NEXT_ID)?.readUInt32BE(0) ?? 1;
    const [low, high] = prefixRange(Buffer.from(COLLECTION));
    for (const { value } of engine.catalog.getRange({ start: low, end: high }))
      this.restore(decodePlain(value));
  }

  find(database: string, name: string): Collection | undefined {
    return this.collections.get(`${database}.${name}`);
  }

  all(): Collection[] {
    return [...this.collections.values()];
  }

  in(database: string): Collection[] {
    return this.all().filter((collection) => collection.database === database);
  }

  /** Must run inside `Engine.write`. */
  create(database: string, name: string, options: Doc = {}): Collection {
    assertNamespace(database, name);
    const idIndex = new IndexDefinition(this.takeId(), {
      v: new Int32(2),
      key: { _id: new Int32(1) },
      name: '_id_',
    });
    return this.register(this.takeId(), database, name, randomUUID(), options, [idIndex], true);
  }

  findOrCreate(database: string, name: string): Collection {
    return this.find(database, name) ?? this.create(database, name);
  }

  /** Creates an empty collection with these indexes; the next start drops it. Must run inside `Engine.write`. */
  createTemporary(database: string, name: string, indexSpecs: readonly Doc[]): Collection {
    const collection = this.create(database, name, { temp: true });
    const indexes = indexSpecs.map((spec) => new IndexDefinition(this.takeId(), spec));
    collection.indexes = [...collection.indexes, ...indexes];
    this.save(collection);
    return collection;
  }

  /** Renames a collection and sets its options; replaces a collection of that name. Must run inside `Engine.write`. */
  rename(collection: Collection, name: string, options: Doc): void {
    assertNamespace(collection.database, name);
    const replaced = this.find(collection.database, name);
    if (replaced) this.drop(replaced);
    collection.dropped = true;
    this.collections.delete(collection.namespace);
    this.engine.catalog.removeSync(catalogKey(collection));
    const { id, database, uuid, indexes } = collection;
    this.register(id, database, name, uuid, options, indexes, true);
  }

  /** Drops temporary collections that a killed process left behind. */
  async dropTemporary(): Promise<void> {
    const temporary = this.all().filter(({ options }) => options['temp'] === true);
    if (temporary.length > 0) await this.engine.write(() => temporary.forEach((each) => this.drop(each)));
  }

  /** Drops a collection. `purge` reclaims the space later, in small steps. Must run inside `Engine.write`. */
  drop(collection: Collection): void {
    collection.dropped = true;
    this.collections.delete(collection.namespace);
    this.engine.catalog.removeSync(catalogKey(collection));
    this.engine.counters.removeSync(indexPrefix(collection.id));
    this.discard('records', collection.id);
    for (const index of collection.indexes) this.discard('indexes', index.id);
  }

  newIndex(spec: Doc): IndexDefinition {
    return new IndexDefinition(this.takeId(), spec, [], false, true);
  }

  /** Must run inside `Engine.write`. */
  dropIndex(collection: Collection, index: IndexDefinition): void {
    collection.indexes = collection.indexes.filter((other) => other !== index);
    this.save(collection);
    this.discard('indexes', index.id);
  }

  /** Must run inside `Engine.write`. */
  save(collection: Collection): void {
    this.engine.catalog.putSync(
      catalogKey(collection),
      encode({
        id: collection.id,
        database: collection.database,
        name: collection.name,
        uuid: collection.uuid,
        options: encode(collection.options),
        indexes: collection.indexes.map((index) => index.toStored()),
      }),
    );
  }

  /** Deletes the data of dropped collections and indexes. After a crash it continues at the next start. */
  purge(): Promise<void> {
    this.purging ??= this.purgeAll()
      .catch(() => undefined)
      .finally(() => (this.purging = undefined));
    return this.purging;
  }

  /** Stops purging, which the next start continues, and closes the data directory. */
  async close(): Promise<void> {
    this.closing = true;
    await this.purging;
    await this.engine.close();
  }

  private async purgeAll(): Promise<void> {
    const [low, high] = prefixRange(Buffer.from(TRASH));
    while (!this.closing) {
      const entry = [...this.engine.catalog.getKeys({ start: low, end: high, limit: 1 })][0];
      if (!entry) return;
      const [, table, id] = entry.toString().split(':');
      const [from, to] = prefixRange(indexPrefix(Number(id)));
      const store = table === 'records' ? this.engine.records : this.engine.indexes;
      for (let left = PURGE_BATCH; left === PURGE_BATCH;) {
        left = await this.engine.write(() => {
          const keys = [...store.getKeys({ start: from, end: to, limit: PURGE_BATCH })];
          for (const key of keys) store.removeSync(key);
          return keys.length;
        });
        if (this.closing) return;
      }
      await this.engine.write(() => this.engine.catalog.removeSync(entry));
    }
  }

  private discard(table: 'records' | 'indexes', id: number): void {
    this.engine.catalog.putSync(Buffer.from(`${TRASH}${table}:${id}`), Buffer.of(1));
  }

  private restore(stored: Doc): void {
    const indexes = (stored['indexes'] as Doc[]).map((index) => IndexDefinition.fromStored(index));
    const options = decodeTyped((stored['options'] as { buffer: Uint8Array }).buffer);
    const { id, database, name, uuid } = stored as {
      id: number;
      database: string;
      name: string;
      uuid: string;
    };
    this.register(id, database, name, uuid, options, indexes, false);
  }

  private register(
    id: number,
    database: string,
    name: string,
    uuid: string,
    options: Doc,
    indexes: IndexDefinition[],
    fresh: boolean,
  ): Collection {
    const saveTraits = (): void => this.save(collection);
    const collection = new Collection(this.engine, id, database, name, uuid, options, indexes, saveTraits);
    this.collections.set(collection.namespace, collection);
    if (fresh) this.save(collection);
    return collection;
  }

  private takeId(): number {
    const id = this.nextId++;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.nextId);
    this.engine.catalog.putSync(NEXT_ID, bytes);
    return id;
  }
}

const catalogKey = (collection: Collection): Buffer => Buffer.from(`${COLLECTION}${collection.namespace}`);

/** Throws for collection names that MongoDB refuses. */
export function assertNamespace(database: string, name: string): void {
  const namespace = `${database}.${name}`;
  const badName = name === '' || name.startsWith('.') || name.includes('\0') || /^system\.|\$/.test(name);
  if (badName || Buffer.byteLength(namespace) > 255) {
    throw new MongoError(73, `Invalid namespace specified '${namespace}'`);
  }
}

/** Throws for database names that MongoDB refuses. */
export function assertDatabaseName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '' || name.length > 63 || /[/\\. "$\0]/.test(name)) {
    throw new MongoError(73, `Invalid database name: '${String(name)}'`);
  }
}
