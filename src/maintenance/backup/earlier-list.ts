import { mediaList, ownerOf, type ListedObject } from './media-list.js';

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
