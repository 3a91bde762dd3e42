import { join } from 'node:path';
import { digestOf } from '../../platform/storage/checked-copy.js';
import { LocalStorage } from '../../platform/storage/local/local-storage.js';
import { digestOfFile } from './lines-file.js';
import { BackupUnusableError, readManifest, type BackupFile, type Manifest } from './manifest.js';
import { mediaList } from './media-list.js';

/** Reads a whole backup. Rejects with BackupUnusableError, which names the file, if a file is damaged. */
export async function checkBackup(
  folder: string,
  onObject: (key: string) => void = () => undefined,
): Promise<Manifest> {
  const manifest = await readManifest(folder);
  for (const file of [...manifest.collections, manifest.media]) await checkFile(folder, file);
  const media = new LocalStorage(join(folder, 'media'));
  let objects = 0;
  for await (const { key, bytes, sha256 } of mediaList(join(folder, manifest.media.path))) {
    const found = await digestOf(media, key).catch(() => undefined);
    expectSame(`media/${key}`, found, { bytes, sha256 });
    objects++;
    onObject(key);
  }
  if (objects !== manifest.media.objects)
    throw new BackupUnusableError(`${manifest.media.path} is damaged: it does not list every file.`);
  return manifest;
}

async function checkFile(folder: string, { path, bytes, sha256 }: BackupFile): Promise<void> {
  expectSame(path, await digestOfFile(join(folder, path)).catch(() => undefined), { bytes, sha256 });
}

function expectSame(
  path: string,
  found: { bytes: number; sha256: string } | undefined,
  expected: { bytes: number; sha256: string },
): void {
  if (!found) throw new BackupUnusableError(`The backup is damaged: ${path} is missing or cannot be read.`);
  if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256)
    throw new BackupUnusableError(`The backup is damaged: ${path} is not as it was written.`);
}
