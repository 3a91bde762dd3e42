import { readLines } from './lines-file.js';

/** An object of a backup. */
export interface ListedObject {
  key: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export async function* mediaList(path: string): AsyncIterable<ListedObject> {
  for await (const line of readLines(path)) yield JSON.parse(line) as ListedObject;
}

/** "songs/<id>/": whose media an object is. */
export const ownerOf = (key: string): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1);

/**
 * What the backup before knew, owner by owner. Both lists are in the order of owners, so they are read side by side and
 * neither has to fit into memory.
 */
export class EarlierList {
  private readonly objects: AsyncIterator<ListedObject> | undefined;
  private next: ListedObject | undefined;
  private begun = false;

  constructor(path: string | undefined) {
    this.objects = path === undefined ? undefined : mediaList(path)[Symbol.asyncIterator]();
  }

  /** The SHA-256 of an owner's objects, by key. Owners must be asked for in ascending order. */
  async of(owner: string): Promise<Map<string, ListedObject>> {
    const found = new Map<string, ListedObject>();
    if (!this.begun) await this.advance();
    while (this.next && ownerOf(this.next.key) <= owner) {
      if (ownerOf(this.next.key) === owner) found.set(this.next.key, this.next);
      await this.advance();
    }
    return found;
  }

  private async advance(): Promise<void> {
    this.begun = true;
    // A list that cannot be read costs time only: what it would have told is read from the files.
    const result = await this.objects?.next().catch(() => undefined);
    this.next = result?.done ? undefined : result?.value;
  }
}
