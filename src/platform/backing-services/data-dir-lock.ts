import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.js';
import { StartupError } from './startup-error.js';

const BEAT_MS = 2_000;
/** A holder out of our sight (another container, another machine) that has not stirred for this long is gone. */
const SILENCE_MS = 7_000;
const HEIR_MS = 5_000;

interface Claim {
  pid: number;
  identity: string;
  host: string;
}

/** Lets one house at a time live in a data folder. What a killed house left behind does not count. */
export class DataDirLock {
  private readonly beat: NodeJS.Timeout;

  private constructor(private readonly path: string) {
    this.beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
    this.beat.unref();
  }

  /** Rejects with StartupError while another house lives in `folder`; `refusal` finds the words for it. */
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

/** False when somebody else has a claim there. */
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
 * Puts `claim` in the place of `found`, which nobody stands behind any more. Of several houses that saw the same old
 * claim the one that makes the heir file replaces it; a late one finds another claim in its place and gives way.
 */
async function replaceStale(path: string, found: string, claim: string): Promise<boolean> {
  const heir = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await create(heir, claim))) {
    // Its maker needs it for a moment only; one that stays was made by a house killed in that very moment.
    await sleep(100);
    const made = await stat(heir).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > HEIR_MS) await rm(heir, { force: true });
    return false;
  }
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== found) {
    await rm(heir, { force: true });
    return false;
  }
  await rename(heir, path);
  return true;
}

async function isAlive(path: string, found: string): Promise<boolean> {
  const claim = parse(found);
  if (claim?.host === hostname()) return (await processIdentity(claim.pid)) === claim.identity;
  const before = await stat(path).catch(() => undefined);
  // Half-written claims are finished in an instant, or never.
  await sleep(claim ? SILENCE_MS : 500);
  const after = await stat(path).catch(() => undefined);
  return before !== undefined && after !== undefined && after.mtimeMs !== before.mtimeMs;
}

function inUse(folder: string, found: string): string {
  const claim = parse(found);
  const holder = claim ? `process ${claim.pid} on ${claim.host}` : 'another process';
  return (
    `The data folder ${folder} is in use by ${holder}: stop that one, set another DATA_DIR, ` +
    'or set both MONGODB_URI and REDIS_URL to share suppliers.'
  );
}

function parse(text: string): Claim | undefined {
  try {
    return JSON.parse(text) as Claim;
  } catch {
    return undefined;
  }
}
