import { randomBytes } from 'node:crypto';
import { Long } from 'bson';
import { MongoError } from '../mongo-error.js';
import { cursorReply, type RawReply } from '../wire/raw-reply.js';
import { ServerCursor } from './server-cursor.js';

const IDLE_MS = 10 * 60 * 1000;
const DEFAULT_FIRST_BATCH = 101;

/** The open cursors of all clients. A cursor that is not read for ten minutes is closed. */
export class CursorRegistry {
  private readonly open = new Map<string, ServerCursor>();
  private readonly sweeper = setInterval(() => void this.closeIdle(), 60_000).unref();

  /** Returns a query's first batch and keeps the cursor open if more documents follow. */
  async start(cursor: ServerCursor, batchSize: number | undefined, single: boolean): Promise<RawReply> {
    const { documents, exhausted } = await cursor.next(batchSize ?? DEFAULT_FIRST_BATCH);
    if (exhausted || single) {
      await cursor.close();
      return cursorReply('firstBatch', documents, Long.ZERO, cursor.namespace);
    }
    const id = newId();
    this.open.set(id.toString(), cursor);
    return cursorReply('firstBatch', documents, id, cursor.namespace);
  }

  async more(id: Long, namespace: string, batchSize: number | undefined): Promise<RawReply> {
    const cursor = this.open.get(id.toString());
    if (!cursor) throw new MongoError(43, `cursor id ${id.toString()} not found`);
    if (cursor.namespace !== namespace) {
      throw new MongoError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    }
    if (cursor.busy) throw new MongoError(12051, `cursor id ${id.toString()} is already in use`);
    cursor.busy = true;
    try {
      const { documents, exhausted } = await cursor.next(batchSize || Infinity);
      if (exhausted) this.open.delete(id.toString());
      return cursorReply('nextBatch', documents, exhausted ? Long.ZERO : id, namespace);
    } catch (error) {
      this.open.delete(id.toString());
      throw error;
    } finally {
      cursor.busy = false;
    }
  }

  /** Closes a cursor. Returns false if no cursor has this id. */
  async kill(id: Long): Promise<boolean> {
    const cursor = this.open.get(id.toString());
    this.open.delete(id.toString());
    if (cursor && !cursor.busy) await cursor.close();
    return cursor !== undefined;
  }

  get count(): number {
    return this.open.size;
  }

  stop(): void {
    clearInterval(this.sweeper);
    this.open.clear();
  }

  private async closeIdle(): Promise<void> {
    const since = Date.now() - IDLE_MS;
    for (const [id, cursor] of this.open) {
      if (cursor.busy || cursor.lastUsed >= since) continue;
      this.open.delete(id);
      await cursor.close();
    }
  }
}

function newId(): Long {
  const bytes = randomBytes(8);
  // Ids are positive; zero means that no cursor is open.
  return Long.fromBigInt((bytes.readBigUInt64BE() & 0x7fffffffffffffffn) | 1n);
}
