import { chmod, mkdir, open, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, isMissing, unlessMissing } from './local-errors.js';

/** Mode of media folders, whatever the umask: a web server in front may read them. */
const READABLE = 0o755;

/**
 * Folders below `root` that survive a power cut. A name is durable only after its folder was synced. A sync is
 * expensive, so all callers that wait for the same folder share one.
 */
export class DurableFolders {
  private readonly creating = new Map<string, Promise<void>>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, Promise<void>>();

  /** `root` is absolute and normalised. */
  constructor(private readonly root: string) {}

  /** Creates `folder` and its missing parents, durably. Rejects with ENOENT when one is pruned at the same time. */
  create(folder: string): Promise<void> {
    return once(this.creating, folder, () => this.createNow(folder));
  }

  /** Makes the names inside `folder` durable, also while the folder is still being created. */
  async sync(folder: string): Promise<void> {
    // A folder that was removed meanwhile needs no sync.
    await unlessMissing(this.creating.get(folder));
    // A sync in progress may have missed the new name; the next one cannot.
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
        // Not empty, perhaps since a moment ago: rmdir refuses that by itself, so no check can race with it.
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

/** Returns the work in progress under `name`, or starts it. */
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
