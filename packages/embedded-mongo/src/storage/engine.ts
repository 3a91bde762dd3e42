import { setTimeout as turn } from 'node:timers/promises';
import { open, type Database, type RootDatabase } from 'lmdb';

/** LMDB's limit for a key with its default page size. */
export const MAX_KEY_BYTES = 1978;

/** Longer than any record number, so it sorts after every key with the same prefix. */
const AFTER_ALL = Buffer.alloc(16, 0xff);

/** The bounds of all keys that start with `prefix`. */
export const prefixRange = (prefix: Uint8Array): [low: Buffer, high: Buffer] => [
  Buffer.from(prefix),
  Buffer.concat([prefix, AFTER_ALL]),
];

export type Table = Database<Buffer, Buffer>;

/** The four tables of a data directory. All writes go through `write`. */
export class Engine {
  readonly catalog: Table;
  readonly counters: Table;
  readonly records: Table;
  readonly indexes: Table;
  private readonly root: RootDatabase<Buffer, Buffer>;

  /** `onFailure` must not return: after a failed commit, memory and disk differ. */
  constructor(
    directory: string,
    private readonly onFailure: (error: unknown) => never,
  ) {
    // Without overlapping syncs, a transaction settles only after its sync: an acknowledged write is on disk.
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
   * Runs `work` exclusively after all earlier writes and settles when its writes are on disk. Concurrent calls share
   * one commit. `work` must check before its first write, because a throw does not undo writes.
   */
  async write<T>(work: () => T): Promise<T> {
    const outcome = await this.root.transaction(() => attempt(work)).catch(this.onFailure);
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  async close(): Promise<void> {
    await this.root.flushed;
    // lmdb ends its read transaction in a timer, which fails once the environment is closed.
    await turn(1);
    await this.root.close();
  }
}

type Outcome<T> = { readonly result: T } | { readonly error: unknown };

/** Turns errors of `work` into results, so that only errors of LMDB itself count as storage failures. */
function attempt<T>(work: () => T): Outcome<T> {
  try {
    return { result: work() };
  } catch (error) {
    return { error };
  }
}
