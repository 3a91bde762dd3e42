import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from './process-identity.js';

/**
 * Stops a redis-server that an earlier server left running on `folder`: two of them would corrupt each other's files.
 * The caller must hold the DataDirLock.
 */
export async function stopOrphanedRedis(folder: string): Promise<void> {
  const pidFile = join(folder, 'redis.pid');
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  const port = /^port (\d+)$/m.exec(await readFile(join(folder, 'redis.conf'), 'utf8').catch(() => ''))?.[1];
  if (pid > 1 && port) await endServer(pid, port);
  await rm(pidFile, { force: true });
}

async function endServer(pid: number, port: string): Promise<void> {
  for (let waited = 0; await isServerOn(port, pid); waited += 50) {
    if (waited === 0) send(pid, 'SIGTERM');
    // A frozen process does not react to SIGTERM.
    if (waited === 2_000) send(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Another process may have the id by now; redis-server shows its port in its process title. */
async function isServerOn(port: string, pid: number): Promise<boolean> {
  const title = (await commandLine(pid)) ?? '';
  return title.includes('redis-server') && new RegExp(`:${port}\\b`).test(title);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
