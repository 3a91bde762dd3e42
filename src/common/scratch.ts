import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * A folder below `parent` for this process alone. Folders of processes that no longer live on this machine are
 * removed first: nobody else can clean up after a `kill -9`.
 */
export async function openScratch(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const mine = ownerName(process.pid);
  for (const name of await readdir(parent)) {
    if (name === mine || isOrphan(name)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, mine);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function ownerName(pid: number): string {
  return `${hostname()}.${pid}`;
}

/** Only a process of this very machine can be known to be dead. */
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
