import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/**
 * A text that differs between processes that had the same id one after the other; undefined when no process has this
 * id. In a container the server gets the same id at every start, so an id alone proves nothing.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!exists(pid)) return undefined;
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The name, in brackets, may hold spaces; state and start time are the 1st and 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, but in a container its parent may never reap it.
    if (fields[0] === 'Z') return undefined;
    return `${boot.trim()}:${fields[19]}`;
  } catch {
    return (
      spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)])
        .stdout?.toString()
        .trim() ?? ''
    );
  }
}

/** The command line of the process; empty or undefined when the process has ended or its command line is unreadable. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (!exists(pid)) return undefined;
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  } catch {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)])
      .stdout?.toString()
      .trim();
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
