import pLimit from 'p-limit';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { CheckedCopy, DamagedMediaError, digestOf } from '../../platform/storage/checked-copy.js';
import { objectsOf, type MediaGroup } from '../../platform/storage/media-group.js';
import type { ListedMedia, MediaStorage } from '../../platform/storage/media-storage.js';
import { mediaProblemOf } from './incomplete-media.js';
import { EarlierList, type ListedObject } from './media-list.js';

/** Objects at a time. */
const AT_ONCE = 8;

type Known = ReadonlyMap<string, ListedObject>;

export interface Brought {
  /** In the backup now, by key. */
  objects: ListedObject[];
  /** What the house has lost, a sentence per part. */
  lacks: string[];
}

/** Brings what somebody refers to into the backup, and copies only what it does not have. */
export class BackupMedia {
  copied = 0;
  copiedBytes = 0;
  private readonly copy: CheckedCopy;
  private readonly limit = pLimit(AT_ONCE);

  constructor(
    private readonly house: MediaStorage,
    private readonly backup: MediaStorage,
    private readonly earlier: EarlierList,
  ) {
    this.copy = new CheckedCopy(house, backup);
  }

  /** As much as can be had. Rejects when a store is in trouble, not when the house has lost something. */
  async bring(owner: string, parts: readonly MediaGroup[]): Promise<Brought> {
    const known = await this.earlier.of(owner);
    const brought: Brought = { objects: [], lacks: [] };
    for (const part of parts) {
      const present = await this.inBackup(part, known);
      if (present) brought.objects.push(...present);
      else await this.fromHouse(part, known, brought);
    }
    brought.objects.sort((a, b) => (a.key < b.key ? -1 : 1));
    return brought;
  }

  /**
   * The part as the backup has it already; undefined when it is not whole there. The house is not asked: a key is
   * written once, and to list a package costs one of Cloudinary's 500 questions an hour. What the house has lost since
   * stays in the backup so.
   */
  private async inBackup(part: MediaGroup, known: Known): Promise<ListedObject[] | undefined> {
    // Only from the record can be told what is whole.
    if (!part.keys && part.bytes === null) return undefined;
    const found = await objectsOf(this.backup, part).catch((error: Error) => {
      if (mediaProblemOf(error)) return undefined;
      throw error;
    });
    if (!found) return undefined;
    const objects = await Promise.all(
      found.map((object) => this.limit(() => this.digested(object, known.get(object.key)))),
    );
    return objects.every(({ sha256 }) => part.sha256 === null || sha256 === part.sha256)
      ? objects
      : undefined;
  }

  private async fromHouse(part: MediaGroup, known: Known, { objects, lacks }: Brought): Promise<void> {
    const present = await presentIn(this.house, part);
    const results = await Promise.allSettled(
      present.objects.map((object) => this.limit(() => this.bringOne(object, part, known.get(object.key)))),
    );
    let lack = present.lack && `${part.at} ${present.lack}`;
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') {
        objects.push(result.value);
        continue;
      }
      const why = mediaProblemOf(result.reason);
      if (!why) throw result.reason;
      lack ??= `${present.objects[i]!.key} ${why}`;
    }
    if (lack) lacks.push(lack);
  }

  private async bringOne(
    object: ListedMedia,
    part: MediaGroup,
    known: ListedObject | undefined,
  ): Promise<ListedObject> {
    // What the backup has of the right size is this object: it was whole when it got its name.
    if (part.sha256 === null && (await this.has(object))) return this.digested(object, known);
    try {
      const { key, bytes, sha256, copied } = await this.copy.bring(object, part);
      if (copied) this.copied++;
      if (copied) this.copiedBytes += bytes;
      return { key, bytes, sha256 };
    } catch (error) {
      // Of the right size it would pass for the object next time.
      if (error instanceof DamagedMediaError) await this.backup.remove(object.key);
      throw error;
    }
  }

  private async digested(
    { key, bytes }: ListedMedia,
    known: ListedObject | undefined,
  ): Promise<ListedObject> {
    const sha256 = known?.bytes === bytes ? known.sha256 : (await digestOf(this.backup, key)).sha256;
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

/** What there is of a part, and what is wrong with it: a package without one segment still plays the others. */
async function presentIn(
  house: MediaStorage,
  part: MediaGroup,
): Promise<{ objects: ListedMedia[]; lack?: string }> {
  try {
    return { objects: await objectsOf(house, part) };
  } catch (error) {
    const lack = mediaProblemOf(error);
    if (!lack) throw error;
    const objects: ListedMedia[] = [];
    for (const keys of part.keys?.map((key) => [key]) ?? [null])
      objects.push(
        ...(await objectsOf(house, { ...part, keys, bytes: null }).catch((missing: Error) => {
          if (mediaProblemOf(missing)) return [];
          throw missing;
        })),
      );
    return { objects, lack };
  }
}
