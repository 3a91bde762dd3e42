import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Allows one server per data directory. The lock file holds process id and start time, so that a lock left by kill -9
 * is recognised even if another process has the id now.
 */
export class DataLock {
  private constructor(private readonly path: string) {}

  static acquire(directory: string): DataLock {
    const path = join(directory, 'server.lock');
    const own = `${process.pid} ${startOf(process.pid)}\n`;
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(path, own, { flag: 'wx' });
        return new DataLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      clearStale(path, directory);
    }
    throw new Error(`The data directory ${directory} could not be locked; try again.`);
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

function clearStale(path: string, directory: string): void {
  const found = read(path);
  if (found === undefined) return;
  const pid = Number(found.split(' ', 1)[0]);
  if (pid !== process.pid && isRunning(pid) && found === `${pid} ${startOf(pid)}\n`) {
    throw new Error(
      `The data directory ${directory} is in use by another embedded database (process ${pid}).`,
    );
  }
  // The rename is atomic. If two servers saw the stale lock, one may have moved the other's new lock; it restores it.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (read(aside) !== found) linkSync(aside, path);
  } catch {
    return;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  // Field 22. Fields are counted after the command's closing bracket, because a command may contain spaces.
  if (stat) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
