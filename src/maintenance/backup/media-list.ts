import { readLines } from './lines-file.js';

/** An object in a backup. */
export interface ListedObject {
  key: string;
  bytes: number;
  /** SHA-256, hexadecimal. */
  sha256: string;
}

export async function* mediaList(path: string): AsyncIterable<ListedObject> {
  for await (const line of readLines(path)) yield JSON.parse(line) as ListedObject;
}

/** Prefix of the song or album that an object belongs to: "songs/<id>/". */
export const ownerOf = (key: string): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1);

/**
 * The list of media of the previous backup. Both lists are sorted by owner, so they are read in parallel and neither
 * has to fit into memory.
 */
export class EarlierList {
  private readonly objects: AsyncIterator<ListedObject> | undefined;
  private next: ListedObject | undefined;
  private begun = false;

  constructor(path: string | undefined) {
    this.objects = path === undefined ? undefined : mediaList(path)[Symbol.asyncIterator]();
  }

  /** The previous objects of an owner by key. Call it with owners in ascending order. */
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
    // An unreadable list only costs time: the checksums are then calculated from the files.
    const result = await this.objects?.next().catch(() => undefined);
    this.next = result?.done ? undefined : result?.value;
  }
}
