import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { overlap } from './folder-overlap.js';
import { findManifest, type Manifest } from './manifest.js';

/** File that marks a folder as a backup. It is written first, so that an unfinished backup is recognised as well. */
const MARKER = 'this-is-a-backup.txt';
const MARK =
  'A backup of the music service (npm run backup). This folder belongs to it: files in media/ that are not part of ' +
  'the newest backup are removed. Keep nothing of your own here.\n';
/** Folder of the data files of one backup. */
const DATA = /^data-\d{17}$/;
/** Entries an empty folder may have: our lock, and what a new file system contains. */
const LOCK = 'house.lock';
const isIgnored = (name: string): boolean =>
  name === LOCK || name.startsWith(`${LOCK}.`) || name === 'lost+found';

/** The folder must not be used for a backup. The message is one sentence for the user; nothing was written. */
export class FolderRefusedError extends Error {}

/** A folder that may be used for a backup, because it was empty or already contains a backup. */
export class BackupFolder {
  private constructor(readonly path: string) {}

  /** Only checks the folder. Rejects with FolderRefusedError, or with BackupUnusableError for a bad manifest. */
  static async at(path: string, dataDir: string): Promise<BackupFolder> {
    if (await overlap([path, join(path, 'media')], [dataDir, join(dataDir, 'media')]))
      throw new FolderRefusedError(
        `${path} is, holds or lies in the folder of the service (DATA_DIR, ${dataDir}), whose files a backup must not ` +
          'touch. Name a folder elsewhere, best on another disk; nothing was changed.',
      );
    if (!(await findManifest(path)) && !(await isMarked(path))) await refuseUnlessEmpty(path);
    return new BackupFolder(path);
  }

  /** Creates the folder, readable by its owner only. The mode of an existing folder is not changed. */
  async make(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await mkdir(this.path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }

  /**
   * Marks the folder as a backup and removes what an interrupted backup left. Call it only while holding the lock.
   * Rejects with FolderRefusedError if the folder contains the backup of another library.
   */
  async begin(library?: string): Promise<Manifest | undefined> {
    const earlier = await findManifest(this.path);
    if (earlier?.library && library && earlier.library !== library)
      throw new FolderRefusedError(
        `${this.path} has the backup of another library, made ${earlier.finishedAt}, which this one would replace. Name a ` +
          'folder of its own for this library, or remove the other backup yourself; nothing was changed.',
      );
    if ((await markIn(this.path)) !== MARK)
      await writeFile(join(this.path, MARKER), MARK, { mode: 0o600, flush: true });
    await mkdir(this.media, { recursive: true, mode: 0o700 });
    await rm(join(this.media, '.incoming'), { recursive: true, force: true });
    await this.keepOnly(earlier?.data);
    return earlier;
  }

  get media(): string {
    return join(this.path, 'media');
  }

  /** Removes the data files of all backups except one. */
  async keepOnly(data: string | undefined): Promise<void> {
    for (const name of await readdir(this.path))
      if (DATA.test(name) && name !== data) await rm(join(this.path, name), { recursive: true, force: true });
  }
}

async function refuseUnlessEmpty(path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new FolderRefusedError(`${path} is not a folder.`);
    throw error;
  });
  const found = names.filter((name) => !isIgnored(name)).toSorted();
  if (found.length === 0) return;
  const some = found.slice(0, 3).join(', ') + (found.length > 3 ? ` and ${found.length - 3} more` : '');
  throw new FolderRefusedError(
    `${path} is no backup and not empty (it has ${some}). A backup removes from its folder what is not part of it, so ` +
      'name a new or an empty one, for instance a folder in this one; nothing was changed.',
  );
}

/** An incompletely written marker counts as well, because no other program writes such a file. */
async function isMarked(path: string): Promise<boolean> {
  const text = await markIn(path);
  return text !== undefined && MARK.startsWith(text);
}

const markIn = (path: string): Promise<string | undefined> =>
  readFile(join(path, MARKER), 'utf8').catch(() => undefined);
