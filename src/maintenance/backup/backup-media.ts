import pLimit from 'p-limit';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { CheckedCopy, DamagedMediaError, digestOf } from '../../platform/storage/checked-copy.js';
import { objectsOf, type MediaGroup } from '../../platform/storage/media-group.js';
import type { ListedMedia, MediaStorage } from '../../platform/storage/media-storage.js';
import { mediaProblemOf } from './incomplete-media.js';
import type { EarlierList } from './earlier-list.js';
import type { ListedObject } from './media-list.js';

/** Number of objects copied concurrently. */
const CONCURRENCY = 8;

type Known = ReadonlyMap<string, ListedObject>;

export interface BackedUpMedia {
  /** Objects that are in the backup now, sorted by key. */
  objects: ListedObject[];
  /** Objects that the store has lost, one sentence per media group. */
  problems: string[];
}

/** Copies the media of songs and albums into the backup, except for what the backup already has. */
export class BackupMedia {
  copied = 0;
  copiedBytes = 0;
  private readonly copy: CheckedCopy;
  private readonly limit = pLimit(CONCURRENCY);

  constructor(
    private readonly source: MediaStorage,
    private readonly backup: MediaStorage,
    private readonly earlier: EarlierList,
  ) {
    this.copy = new CheckedCopy(source, backup);
  }

  /** Copies as much as possible. Rejects if a store fails, but not if the source has lost objects. */
  async backUp(owner: string, parts: readonly MediaGroup[]): Promise<BackedUpMedia> {
    const known = await this.earlier.of(owner);
    const result: BackedUpMedia = { objects: [], problems: [] };
    for (const part of parts) {
      const present = await this.inBackup(part, known);
      if (present) result.objects.push(...present);
      else await this.fromSource(part, known, result);
    }
    result.objects.sort((a, b) => (a.key < b.key ? -1 : 1));
    return result;
  }

  /**
   * Returns the objects of a media group if the backup already has all of them, else undefined. The source is not
   * asked: keys are written only once, and listing a package costs one of Cloudinary's 500 requests per hour. Objects
   * that the source has lost since the last backup therefore stay in the backup.
   */
  private async inBackup(part: MediaGroup, known: Known): Promise<ListedObject[] | undefined> {
    // Without keys or a size in the record, completeness cannot be verified.
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

  private async fromSource(
    part: MediaGroup,
    known: Known,
    { objects, problems }: BackedUpMedia,
  ): Promise<void> {
    const present = await presentIn(this.source, part);
    const results = await Promise.allSettled(
      present.objects.map((object) => this.limit(() => this.backUpOne(object, part, known.get(object.key)))),
    );
    let problem = present.problem && `${part.at} ${present.problem}`;
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') {
        objects.push(result.value);
        continue;
      }
      const why = mediaProblemOf(result.reason);
      if (!why) throw result.reason;
      problem ??= `${present.objects[i]!.key} ${why}`;
    }
    if (problem) problems.push(problem);
  }

  private async backUpOne(
    object: ListedMedia,
    part: MediaGroup,
    known: ListedObject | undefined,
  ): Promise<ListedObject> {
    // An object of the right size in the backup is this object: files get their name only when they are complete.
    if (part.sha256 === null && (await this.has(object))) return this.digested(object, known);
    try {
      const { key, bytes, sha256, copied } = await this.copy.bring(object, part);
      if (copied) this.copied++;
      if (copied) this.copiedBytes += bytes;
      return { key, bytes, sha256 };
    } catch (error) {
      // Remove the damaged copy: with the right size the next backup would accept it.
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

/** Lists the existing objects of a media group and its problem, if any: an incomplete package is worth keeping. */
async function presentIn(
  source: MediaStorage,
  part: MediaGroup,
): Promise<{ objects: ListedMedia[]; problem?: string }> {
  try {
    return { objects: await objectsOf(source, part) };
  } catch (error) {
    const problem = mediaProblemOf(error);
    if (!problem) throw error;
    const objects: ListedMedia[] = [];
    for (const keys of part.keys?.map((key) => [key]) ?? [null])
      objects.push(
        ...(await objectsOf(source, { ...part, keys, bytes: null }).catch((missing: Error) => {
          if (mediaProblemOf(missing)) return [];
          throw missing;
        })),
      );
    return { objects, problem };
  }
}
