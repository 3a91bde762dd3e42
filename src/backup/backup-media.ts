import pLimit from 'p-limit';
import { NotFoundError } from '../common/domain-error.js';
import { CheckedCopy, digestOf } from '../storage/checked-copy.js';
import { objectsOf, type MediaPart } from '../storage/media-part.js';
import type { ListedMedia, MediaStorage } from '../storage/media-storage.js';
import { EarlierList, ownerOf, type ListedObject } from './media-list.js';

/** Objects at a time. */
const AT_ONCE = 8;

/** Brings what somebody refers to into the backup, and copies only what it does not have. */
export class BackupMedia {
  copied = 0;
  copiedBytes = 0;
  private readonly copy: CheckedCopy;

  constructor(
    private readonly house: MediaStorage,
    private readonly backup: MediaStorage,
    private readonly earlier: EarlierList,
  ) {
    this.copy = new CheckedCopy(house, backup);
  }

  /** Rejects with NotFoundError or MediaIncompleteError when the house does not have it (any more). */
  async bring(owner: string, parts: readonly MediaPart[]): Promise<ListedObject[]> {
    const known = await this.earlier.of(owner);
    const limit = pLimit(AT_ONCE);
    const brought: ListedObject[] = [];
    for (const part of parts) {
      const objects = await objectsOf(this.house, part);
      const results = await Promise.allSettled(
        objects.map((object) => limit(() => this.bringOne(object, part, known.get(object.key)))),
      );
      for (const result of results) {
        if (result.status === 'rejected') throw result.reason;
        brought.push(result.value);
      }
    }
    return brought.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private async bringOne(
    object: ListedMedia,
    part: MediaPart,
    known: ListedObject | undefined,
  ): Promise<ListedObject> {
    // A key is written once: what the backup has of the right size is this object, and it was whole when it got its name.
    if (await this.has(object))
      return {
        key: object.key,
        bytes: object.bytes,
        sha256:
          known?.bytes === object.bytes ? known.sha256 : (await digestOf(this.backup, object.key)).sha256,
      };
    const { key, bytes, sha256 } = await this.copy.bring(object, part);
    this.copied++;
    this.copiedBytes += bytes;
    return { key, bytes, sha256 };
  }

  private async has({ key, bytes }: ListedMedia): Promise<boolean> {
    try {
      return (await this.backup.stat(key)).bytes === bytes;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }
}

/** Everything in the backup that its list does not name any more. */
export async function pruneMedia(backup: MediaStorage, listed: AsyncIterable<ListedObject>): Promise<number> {
  const kept = new Map<string, Set<string>>();
  for await (const { key } of listed) {
    const owner = ownerOf(key);
    const keys = kept.get(owner) ?? new Set();
    // Folders of packages, not their files: a library has a hundred times fewer.
    kept.set(owner, keys.add(folderOf(key)));
  }
  let pruned = 0;
  for await (const { key } of backup.list('')) {
    if (kept.get(ownerOf(key))?.has(folderOf(key))) continue;
    await backup.remove(key);
    pruned++;
  }
  return pruned;
}

/** The third level of a key: a package, a set of images, or one file. */
const folderOf = (key: string): string => key.split('/', 3).join('/');
