import { readFile } from 'node:fs/promises';

/** The unit in which /proc counts processor time, milliseconds (USER_HZ is 100 on every Linux). */
const TICK_MS = 10;

/** Processor time that processes have used so far, milliseconds (proc(5): utime and stime). */
export async function cpuTimeMs(...pids: number[]): Promise<number> {
  const times = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return (Number(user) + Number(system)) * TICK_MS;
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}
