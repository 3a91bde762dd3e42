import { chmod, mkdir, open, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, isMissing, unlessMissing } from './local-errors.js';

/** A web server in front may read media, whatever this process keeps to itself otherwise (its umask). */
const READABLE = 0o755;

/**
 * Folders below `root` that survive a power cut. A name is durable only when the folder that holds it was synced, and
 * syncing is what costs: everybody who waits for the same folder shares one sync.
 */
export class DurableFolders {
  private readonly creating = new Map<string, Promise<void>>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, Promise<void>>();

  /** `root` is absolute and normalised. */
  constructor(private readonly root: string) {}

  /** Creates what is missing of `folder`, durably. Rejects with ENOENT when somebody prunes at the same time. */
  create(folder: string): Promise<void> {
    return once(this.creating, folder, () => this.createNow(folder));
  }

  /** Makes the names inside `folder` durable, those given by others while it is still being created included. */
  async sync(folder: string): Promise<void> {
    // A folder removed meanwhile has no name left to keep.
    await unlessMissing(this.creating.get(folder));
    // A round that runs may have missed our name; the next one cannot.
    await once(this.waiting, folder, async () => {
      await this.running.get(folder)?.catch(() => undefined);
      this.waiting.delete(folder);
      await once(this.running, folder, () => unlessMissing(syncNow(folder)));
    });
  }

  /** Removes `folder` and its parents as long as they are empty, never the root. */
  async prune(folder: string): Promise<void> {
    for (let at = folder; at.length > this.root.length; at = dirname(at)) {
      try {
        await rmdir(at);
      } catch (error) {
        // Not empty: somebody lives there, perhaps since a moment ago. That is what rmdir is for.
        if (!isMissing(error)) return;
      }
    }
  }

  private async createNow(folder: string): Promise<void> {
    if (folder === this.root) {
      if (await mkdir(folder, { recursive: true })) await chmod(folder, READABLE);
      return;
    }
    const parent = dirname(folder);
    await this.create(parent);
    try {
      await mkdir(folder);
      await chmod(folder, READABLE);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return;
      throw error;
    }
    await this.sync(parent);
  }
}

/** Joins the work under `name` that is under way, or starts it. */
function once(work: Map<string, Promise<void>>, name: string, start: () => Promise<void>): Promise<void> {
  const present = work.get(name);
  if (present) return present;
  const begun = start().finally(() => {
    if (work.get(name) === begun) work.delete(name);
  });
  work.set(name, begun);
  return begun;
}

async function syncNow(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
