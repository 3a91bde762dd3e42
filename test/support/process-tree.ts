import { readdir, readFile, readlink } from 'node:fs/promises';

export interface RunningProcess {
  pid: number;
  parent: number;
  command: string;
}

/** Every process of this machine that this user may see (Linux). */
export async function processes(): Promise<RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') continue;
      const command = (await readFile(`/proc/${name}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
      found.push({ pid: Number(name), parent: Number(parent), command });
    } catch {
      // gone meanwhile
    }
  }
  return found;
}

/** Running ffmpeg processes whose command names `text`. */
export async function encoders(text: string): Promise<RunningProcess[]> {
  return (await processes()).filter(({ command }) => /ffmpeg/.test(command) && command.includes(text));
}

/** All descendants of the process `pid`. */
export async function descendants(pid: number): Promise<RunningProcess[]> {
  const all = await processes();
  const family = new Set([pid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const { pid: child, parent } of all) {
      if (family.has(parent) && !family.has(child)) grew = Boolean(family.add(child));
    }
  }
  family.delete(pid);
  return all.filter((process) => family.has(process.pid));
}

/** Whether a process still runs (and is not a zombie). */
export async function runs(pid: number): Promise<boolean> {
  return readlink(`/proc/${pid}/exe`).then(
    () => true,
    () => false,
  );
}
