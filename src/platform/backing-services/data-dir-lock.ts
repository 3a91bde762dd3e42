import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PeriodicTask } from '../scheduling/periodic-task.js';
import { isAbandoned, wasRenewed, watchMs } from './lock-decisions.js';
import { parseRecord, recordOfThisProcess, statusOf } from './process-record.js';
import { StartupError } from './startup-error.js';

const RENEW_EVERY_MS = 2_000;
/** How long a server waits for another one that is replacing a stale lock, milliseconds; it takes a moment only. */
const REPLACEMENT_WAIT_MS = 100;

/**
 * Lets one server at a time use a data folder. Its lock file holds the ProcessRecord of the holder, who renews the
 * file's time every two seconds.
 *
 *     no file ── createFile ──────────────────────────────────────▶ held by this process
 *        ▲                                                             │           ▲
 *        └───────────────────────── release ───────────────────────────┘           │
 *                                                                                  │
 *     held by another ── isHeld: it runs ──▶ StartupError                          │
 *        │                                                                         │
 *        └ isHeld: it ended ──▶ stale ── createFile(successor) ──▶ replacing ── rename over the lock file
 *                                                │                     │
 *                                                └─────────┬───────────┘
 *                                  another server was quicker: begin again
 */
export class DataDirLock {
  private readonly renewal: PeriodicTask;

  private constructor(
    private readonly path: string,
    private readonly ours: string,
  ) {
    this.renewal = new PeriodicTask({
      work: () => this.renew(),
      pauseMs: RENEW_EVERY_MS,
      onFailure: () => undefined,
    });
    this.renewal.start();
  }

  /** Rejects with StartupError while another server uses `folder`; `refusal` makes the message. */
  static async take(folder: string, refusal = inUse): Promise<DataDirLock> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'house.lock');
    const ours = JSON.stringify(await recordOfThisProcess());
    for (;;) {
      if (await createFile(path, ours)) return new DataDirLock(path, ours);
      const found = await contentOf(path);
      // Released a moment ago.
      if (found === undefined) continue;
      if (await isHeld(path, found)) throw new StartupError(refusal(folder, found));
      if (await replaceStale(path, found, ours)) return new DataDirLock(path, ours);
    }
  }

  /** Leaves the lock of another server alone, which has replaced ours while this process was suspended for long. */
  async release(): Promise<void> {
    await this.renewal.stop();
    if (await this.isOurs()) await rm(this.path, { force: true });
  }

  private async renew(): Promise<void> {
    const now = new Date();
    if (await this.isOurs()) await utimes(this.path, now, now);
  }

  private async isOurs(): Promise<boolean> {
    return (await contentOf(this.path)) === this.ours;
  }
}

/** Whether the process that wrote `found` into the lock file still runs. */
async function isHeld(path: string, found: string): Promise<boolean> {
  const record = parseRecord(found);
  const status = record ? await statusOf(record) : 'half-written';
  if (status === 'running' || status === 'ended') return status === 'running';
  const before = await renewedAt(path);
  await sleep(watchMs(status));
  return wasRenewed(before, await renewedAt(path));
}

/**
 * Replaces the lock `found`, whose holder has ended. Of several servers that have read the same stale lock, only the one
 * that creates the successor file goes on. False when another server was quicker.
 */
async function replaceStale(path: string, found: string, ours: string): Promise<boolean> {
  // Named after the stale lock, so that a late server cannot replace the lock of its successor.
  const successor = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await createFile(successor, ours))) {
    await sleep(REPLACEMENT_WAIT_MS);
    if (isAbandoned(await renewedAt(successor), Date.now())) await rm(successor, { force: true });
    return false;
  }
  if ((await contentOf(path)) !== found) {
    await rm(successor, { force: true });
    return false;
  }
  await rename(successor, path);
  return true;
}

/** False when the file exists already. */
async function createFile(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Epoch milliseconds; undefined when there is no such file. */
async function renewedAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

function inUse(folder: string, found: string): string {
  const record = parseRecord(found);
  const holder = record ? `process ${record.pid} on ${record.host}` : 'another process';
  return (
    `The data folder ${folder} is in use by ${holder}: stop that one, set another DATA_DIR, ` +
    'or set both MONGODB_URI and REDIS_URL to share the database and Redis.'
  );
}
