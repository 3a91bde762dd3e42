import { readdir, readFile, readlink } from 'node:fs/promises';

/** Whether a process exists; for a negative id, whether any process of its group does. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The id of the process that listens on a loopback port of this machine (Linux). */
export async function listenerOn(port: number): Promise<number> {
  const LISTEN = '0A';
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
  const inode = rows.find(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTEN)?.[9];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const handle of handles) {
      const target = await readlink(`/proc/${pid}/fd/${handle}`).catch(() => '');
      if (inode !== undefined && target === `socket:[${inode}]`) return Number(pid);
    }
  }
  throw new Error(`no process listens on ${port}`);
}
