import { constants } from 'node:fs';
import { chmod, copyFile, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { OnModuleInit } from '@nestjs/common';
import { IMMEDIATELY, retry } from '../../async/retry.js';
import { BadInputError } from '../../errors/domain-error.js';
import { errorCode, explained, explaining, isMissing, unlessMissing } from './local-errors.js';
import { DurableFolders } from './durable-folders.js';
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

/** A put recreates its folder while others prune it. */
const PLACING = {
  ...IMMEDIATELY,
  attempts: 20,
  isTransient: (error: unknown) => errorCode(error) === 'ENOENT',
};

/** Codes of `rename` when a file is in the place of a folder, or a folder in the place of the file. */
const NOT_A_PLACE = new Set(['ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'EEXIST']);

/** Media in a local folder: the key is the path. The media endpoint sets media types and cache rules. */
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
    // Until the file is open, an 'error' without a listener would end the process; the loop below gets the error again.
    body.on('error', () => undefined);
    try {
      const target = this.path(key);
      await this.incoming.with(async (path) => {
        const file = await explaining(open(path, 'wx'));
        try {
          // Readable for a web server in front, whatever the umask.
          await explaining(file.chmod(0o644));
          // Not `pipeline`: it would mix errors of the caller's stream with errors of the disk.
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
      // Not a hard link: a later write to the source would change the object. Where the file system can clone (xfs,
      // btrfs, APFS), that is as cheap and shares no writable data.
      await explaining(copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
      // The copy has the permissions of the source.
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
    // Check the object first: ENOENT of the copy could also mean the folder of `path`.
    await this.stat(key);
    // As in putFile: with a hard link, a change to the copy would change the object.
    await explaining(copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
  }

  async *list(prefix: string): AsyncIterable<ListedMedia> {
    yield* walk(this.root, prefix === '' ? '' : checkedPrefix(prefix));
  }

  async remove(keyOrPrefix: string): Promise<void> {
    if (keyOrPrefix.endsWith('/')) {
      // The trailing slash stays, so that an object of that name is not removed (rename fails with ENOTDIR).
      const folder = join(this.root, checkedPrefix(keyOrPrefix));
      // Rename first: the whole folder disappears at once for readers, and the sweep removes leftovers of a crash.
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
      // A folder is not an object, so there was nothing to remove (EISDIR on Linux; POSIX has EPERM).
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
    const move = async (attempt: number): Promise<void> => {
      // The folder was missing or pruned just now; if it is pruned again during `create`, there is another attempt.
      if (attempt > 1) await explaining(unlessMissing(this.folders.create(folder)));
      await rename(path, target);
      await explaining(this.folders.sync(folder));
    };
    try {
      await retry(move, PLACING);
    } catch (error) {
      if (!NOT_A_PLACE.has(errorCode(error) ?? '')) throw explained(error);
      throw new BadInputError('A media file cannot also be a folder.', { cause: error });
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
