import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, exists } from '../process-identity.js';

/**
 * Ends a redis-server that an earlier house left running on `folder`: two servers would ruin each other's files.
 * Only to be called by whoever holds the house lock.
 */
export async function evictLeftover(folder: string): Promise<void> {
  const pidFile = join(folder, 'redis.pid');
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  const port = /^port (\d+)$/m.exec(await readFile(join(folder, 'redis.conf'), 'utf8').catch(() => ''))?.[1];
  // The id may belong to somebody else by now; our server names its port in its title.
  if (pid > 1 && port && isServerOn(port, await commandLine(pid))) await endProcess(pid);
  await rm(pidFile, { force: true });
}

function isServerOn(port: string, title = ''): boolean {
  return title.includes('redis-server') && new RegExp(`:${port}\\b`).test(title);
}

async function endProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; waited < 2_000; waited += 50) {
    await sleep(50);
    if (!exists(pid)) return;
  }
  // A frozen server does not hear anything milder.
  process.kill(pid, 'SIGKILL');
  while (exists(pid)) await sleep(20);
}
