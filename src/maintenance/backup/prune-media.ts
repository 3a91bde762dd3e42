import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { ownerOf, type ListedObject } from './media-list.js';

/** Removes objects from the backup that are not in its list. Resolves to their number. */
export async function pruneMedia(backup: MediaStorage, listed: AsyncIterable<ListedObject>): Promise<number> {
  const kept = new Map<string, Set<string>>();
  for await (const { key } of listed) {
    const owner = ownerOf(key);
    const keys = kept.get(owner) ?? new Set();
    // The set holds folders instead of files: there are a hundred times fewer.
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

/** The first three segments of a key, which denote a package, a set of images, or one file. */
const folderOf = (key: string): string => key.split('/', 3).join('/');
