import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.js';
import { SupplierError } from './supplier-error.js';

const BEAT_MS = 2_000;
/** A holder out of our sight (another container, another machine) that has not stirred for this long is gone. */
const SILENCE_MS = 7_000;

interface Claim {
  pid: number;
  identity: string;
  host: string;
}

/** Lets one house at a time live in a data folder. What a killed house left behind does not count. */
export class HouseLock {
  private readonly beat: NodeJS.Timeout;

  private constructor(private readonly path: string) {
    this.beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
    this.beat.unref();
  }

  /** Rejects with SupplierError while another house lives in `folder`. */
  static async take(folder: string): Promise<HouseLock> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'house.lock');
    const identity = (await processIdentity(process.pid)) ?? '';
    const claim = JSON.stringify({ pid: process.pid, identity, host: hostname() } satisfies Claim);
    for (;;) {
      if (await write(path, claim)) return new HouseLock(path);
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      if (await isAlive(path, found)) throw new SupplierError(refusal(folder, found));
      await removeStale(path, found);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.beat);
    await rm(this.path, { force: true });
  }
}

/** False when somebody else has a claim there. */
async function write(path: string, claim: string): Promise<boolean> {
  try {
    await writeFile(path, claim, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  // Another house that judged the same old claim stale may have just taken ours for it; it will have put it back.
  await sleep(50);
  return (await readFile(path, 'utf8').catch(() => '')) === claim;
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

/** Moves the file aside before removing it, so that a claim made in this very moment is noticed and put back. */
async function removeStale(path: string, found: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== found) {
    await copyFile(aside, path, constants.COPYFILE_EXCL).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

function refusal(folder: string, found: string): string {
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
