import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Older folders cannot belong to an upload or transcode in progress, milliseconds. */
const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Creates a folder below `parent` for this process alone. It first removes folders of processes of this machine that
 * have ended, because a killed process cannot. Folders of other machines (a container that was replaced, or one that
 * shares the volume) are removed only when they are too old.
 */
export async function openScratch(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const mine = ownerName(process.pid);
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (name === mine || isOrphan(name)) await rm(path, { recursive: true, force: true });
    else if (!name.startsWith(`${hostname()}.`)) await removeAbandoned(path);
  }
  const folder = join(parent, mine);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

function ownerName(pid: number): string {
  return `${hostname()}.${pid}`;
}

/** Only for a process of this machine it can be known that it has ended. */
function isOrphan(name: string): boolean {
  const pid = Number(name.slice(name.lastIndexOf('.') + 1));
  return Number.isInteger(pid) && name === ownerName(pid) && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
