import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.js';
import { StartupError } from './startup-error.js';

const BEAT_MS = 2_000;
/**
 * A holder in another container or on another machine that has not renewed its lock for this long is gone,
 * milliseconds.
 */
const STALE_AFTER_MS = 7_000;
/** A successor file older than this was left by a process that was killed while it took over, milliseconds. */
const SUCCESSOR_MS = 5_000;

interface Claim {
  pid: number;
  identity: string;
  host: string;
}

/** Lets one server at a time use a data folder. The lock of a killed server does not count. */
export class DataDirLock {
  private readonly beat: NodeJS.Timeout;

  private constructor(private readonly path: string) {
    this.beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
    this.beat.unref();
  }

  /** Rejects with StartupError while another server uses `folder`; `refusal` makes the message. */
  static async take(folder: string, refusal = inUse): Promise<DataDirLock> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'house.lock');
    const identity = (await processIdentity(process.pid)) ?? '';
    const claim = JSON.stringify({ pid: process.pid, identity, host: hostname() } satisfies Claim);
    for (;;) {
      if (await create(path, claim)) return new DataDirLock(path);
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      if (await isAlive(path, found)) throw new StartupError(refusal(folder, found));
      if (await replaceStale(path, found, claim)) return new DataDirLock(path);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.beat);
    await rm(this.path, { force: true });
  }
}

/** False when the file exists already. */
async function create(path: string, claim: string): Promise<boolean> {
  try {
    await writeFile(path, claim, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces `found`, whose process is gone, by `claim`. Of several servers that read the same old claim, the one that
 * creates the successor file replaces it; a late one then finds another claim there and returns false.
 */
async function replaceStale(path: string, found: string, claim: string): Promise<boolean> {
  const successor = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await create(successor, claim))) {
    // Its creator needs the file for a moment only; one that stays belongs to a server that was killed meanwhile.
    await sleep(100);
    const made = await stat(successor).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > SUCCESSOR_MS) await rm(successor, { force: true });
    return false;
  }
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== found) {
    await rm(successor, { force: true });
    return false;
  }
  await rename(successor, path);
  return true;
}

async function isAlive(path: string, found: string): Promise<boolean> {
  const claim = parse(found);
  if (claim?.host === hostname()) return (await processIdentity(claim.pid)) === claim.identity;
  const before = await stat(path).catch(() => undefined);
  // A half-written claim is completed at once or never.
  await sleep(claim ? STALE_AFTER_MS : 500);
  const after = await stat(path).catch(() => undefined);
  return before !== undefined && after !== undefined && after.mtimeMs !== before.mtimeMs;
}

function inUse(folder: string, found: string): string {
  const claim = parse(found);
  const holder = claim ? `process ${claim.pid} on ${claim.host}` : 'another process';
  return (
    `The data folder ${folder} is in use by ${holder}: stop that one, set another DATA_DIR, ` +
    'or set both MONGODB_URI and REDIS_URL to share the database and Redis.'
  );
}

function parse(text: string): Claim | undefined {
  try {
    return JSON.parse(text) as Claim;
  } catch {
    return undefined;
  }
}
