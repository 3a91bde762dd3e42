import { open, type Database, type RootDatabase } from 'lmdb';

/** LMDB's limit for a key with its default page size. */
export const MAX_KEY_BYTES = 1978;

/** Longer than any record number, so it follows every key that begins with the same bytes. */
const AFTER_ALL = Buffer.alloc(16, 0xff);

/** Every key that starts with `prefix` lies between these two. */
export const prefixRange = (prefix: Uint8Array): [low: Buffer, high: Buffer] => [
  Buffer.from(prefix),
  Buffer.concat([prefix, AFTER_ALL]),
];

export type Table = Database<Buffer, Buffer>;

/** The four tables of a data directory, and the one way to change them. */
export class Engine {
  readonly catalog: Table;
  readonly counters: Table;
  readonly records: Table;
  readonly indexes: Table;
  private readonly root: RootDatabase<Buffer, Buffer>;

  /** `onFailure` must not return: after a commit that failed, memory and disk no longer agree. */
  constructor(
    directory: string,
    private readonly onFailure: (error: unknown) => never,
  ) {
    // Without overlapping syncs a transaction's promise settles only after its fsync: an answer is a promise kept.
    this.root = open<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      overlappingSync: false,
      maxDbs: 8,
    });
    const table = (name: string): Table =>
      this.root.openDB<Buffer, Buffer>({ name, keyEncoding: 'binary', encoding: 'binary' });
    this.catalog = table('catalog');
    this.counters = table('counters');
    this.records = table('records');
    this.indexes = table('indexes');
  }

  /**
   * Runs `work` alone, seeing all earlier writes, and settles when its writes are on disk. What several clients ask for
   * at the same time shares one commit. `work` checks first and writes after, because a throw does not undo.
   */
  async write<T>(work: () => T): Promise<T> {
    const outcome = await this.root.transaction(() => attempt(work)).catch(this.onFailure);
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  async close(): Promise<void> {
    await this.root.flushed;
    await this.root.close();
  }
}

type Outcome<T> = { readonly result: T } | { readonly error: unknown };

/** A refusal is an answer; only what LMDB itself reports is a failure of the store. */
function attempt<T>(work: () => T): Outcome<T> {
  try {
    return { result: work() };
  } catch (error) {
    return { error };
  }
}
