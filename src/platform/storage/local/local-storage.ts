import { constants } from 'node:fs';
import { chmod, copyFile, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { OnModuleInit } from '@nestjs/common';
import { BadInputError } from '../../errors/domain-error.js';
import { errorCode, explained, explaining, isMissing, unlessMissing } from './local-errors.js';
import { DurableFolders } from './local-folders.js';
import { LocalIncoming } from './local-incoming.js';
import { openObject, statObject, walk } from './local-reading.js';
import {
  MediaStorage,
  type ByteRange,
  type ListedMedia,
  type MediaFile,
  type MediaMetadata,
  type MediaStat,
} from '../media-storage.js';
import { checkedKey, checkedPrefix } from '../storage-key.js';

/** How often a put looks for its folder again while others prune it. */
const PLACE_ATTEMPTS = 20;

/** How rename says that a file stands where a folder should, or a folder where the file should. */
const NOT_A_PLACE = new Set(['ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'EEXIST']);

/** Media in a folder of this machine: the key is the path. Types and cache rules are the media door's to know. */
export class LocalStorage extends MediaStorage implements OnModuleInit {
  readonly name = 'local';
  private readonly root: string;
  private readonly folders: DurableFolders;
  private readonly incoming: LocalIncoming;

  constructor(root: string) {
    super();
    this.root = resolve(root);
    this.folders = new DurableFolders(this.root);
    this.incoming = new LocalIncoming(this.root);
  }

  async onModuleInit(): Promise<void> {
    await explaining(this.folders.create(this.root));
    await explaining(this.incoming.sweep());
  }

  async put(key: string, body: Readable, _metadata?: MediaMetadata): Promise<void> {
    // Nobody listens until the file is open, and an unheard 'error' would end the process; the loop meets it again.
    body.on('error', () => undefined);
    try {
      const target = this.path(key);
      await this.incoming.with(async (path) => {
        const file = await explaining(open(path, 'wx'));
        try {
          // For a web server in front, whatever our umask.
          await explaining(file.chmod(0o644));
          // Not pipeline: it would mix up the caller's errors with the disk's.
          for await (const chunk of body) await explaining(file.writeFile(chunk as Buffer));
          await explaining(file.datasync());
        } finally {
          await explaining(file.close());
        }
        await this.place(path, target);
      });
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  async putFile(key: string, source: string, _metadata?: MediaMetadata): Promise<void> {
    const target = this.path(key);
    await this.incoming.with(async (path) => {
      // Never a hard link: it would let a later write to the source reach the object. A clone, where the file
      // system can (xfs, btrfs, APFS), is as cheap and shares nothing that can be written.
      await explaining(copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
      // The copy brought the source's permissions along.
      await explaining(chmod(path, 0o644));
      const file = await explaining(open(path, 'r'));
      try {
        await explaining(file.datasync());
      } finally {
        await explaining(file.close());
      }
      await this.place(path, target);
    });
  }

  async open(key: string, range?: ByteRange): Promise<MediaFile> {
    return openObject(this.path(key), range);
  }

  async stat(key: string): Promise<MediaStat> {
    return statObject(this.path(key));
  }

  async download(key: string, path: string): Promise<void> {
    const source = this.path(key);
    // The object first: the copy's own ENOENT might as well mean the folder of `path`.
    await this.stat(key);
    // As in putFile: a hard link would let whoever owns the copy change the object.
    await explaining(copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
  }

  async *list(prefix: string): AsyncIterable<ListedMedia> {
    yield* walk(this.root, prefix === '' ? '' : checkedPrefix(prefix));
  }

  async remove(keyOrPrefix: string): Promise<void> {
    if (keyOrPrefix.endsWith('/')) {
      // The trailing slash stays: an object of the same name is not below itself (rename says ENOTDIR).
      const folder = join(this.root, checkedPrefix(keyOrPrefix));
      // Renamed first: readers see the whole folder vanish at once, and what a crash leaves behind is swept.
      await this.incoming.with(async (path) => {
        if (await moved(folder, path)) await explaining(rm(path, { recursive: true, force: true }));
      });
      await this.folders.prune(dirname(folder));
      return;
    }
    const path = this.path(keyOrPrefix);
    try {
      await unlink(path);
    } catch (error) {
      // A folder is not an object, so there was nothing to remove (Linux says EISDIR, POSIX EPERM).
      if (!isMissing(error) && errorCode(error) !== 'EISDIR') throw explained(error);
    }
    await this.folders.prune(dirname(path));
  }

  async check(): Promise<void> {
    await this.incoming.with(async (path) => {
      const file = await explaining(open(path, 'wx'));
      try {
        await explaining(file.writeFile('can write'));
      } finally {
        await file.close();
      }
      await explaining(unlink(path));
    });
  }

  private path(key: string): string {
    return join(this.root, checkedKey(key));
  }

  /** Makes the finished file visible under its name, durably. */
  private async place(path: string, target: string): Promise<void> {
    const folder = dirname(target);
    for (let attempt = 1; ; attempt++) {
      try {
        await rename(path, target);
        await explaining(this.folders.sync(folder));
        return;
      } catch (error) {
        if (NOT_A_PLACE.has(errorCode(error) ?? '')) {
          throw new BadInputError('A media file cannot also be a folder.', { cause: error });
        }
        if (errorCode(error) !== 'ENOENT' || attempt === PLACE_ATTEMPTS) throw explained(error);
      }
      // Missing, or pruned by somebody just now; a create that loses to a prune is simply tried again.
      await explaining(unlessMissing(this.folders.create(folder)));
    }
  }
}

/** Whether there was a folder to move. */
async function moved(folder: string, path: string): Promise<boolean> {
  try {
    await rename(folder, path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw explained(error);
  }
}
