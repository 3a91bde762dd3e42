import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnModuleDestroy } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { MediaStorage } from '../platform/storage/media-storage.js';
import { storeNamed } from '../platform/storage/storage-choice.js';
import {
  DIRECT_UPLOAD_CONFORMANCE,
  STORAGE_CONFORMANCE,
} from '../platform/storage/conformance/storage-conformance.js';

/** A promise that is not kept by then is broken, milliseconds. */
const LIMIT_MS = 180_000;

/** `npm run check:storage`: whether the store of STORAGE, with the account configured, keeps what we rely on. */
process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  let storage: (MediaStorage & Partial<OnModuleDestroy>) | undefined;
  try {
    const config = Config.load();
    storage = await storeNamed(config.STORAGE, config);
    await storage.check();
    return await judge(storage);
  } catch (error) {
    say(`\n  ✗ ${(error as Error).message}\n`);
    return false;
  } finally {
    await storage?.onModuleDestroy?.();
  }
}

async function judge(storage: MediaStorage): Promise<boolean> {
  const prefix = `check-${randomBytes(6).toString('hex')}/`;
  const folder = await mkdtemp(join(tmpdir(), 'check-storage-'));
  say(`\n  The ${storage.name} store, below ${prefix}\n`);
  let broken = 0;
  try {
    for (const { title, run } of [
      ...STORAGE_CONFORMANCE,
      ...(storage.direct ? DIRECT_UPLOAD_CONFORMANCE : []),
    ]) {
      const started = Date.now();
      try {
        await inTime(run({ storage, prefix, folder }));
        say(`  ✓ ${title} (${Date.now() - started} ms)`);
      } catch (error) {
        broken++;
        say(`  ✗ ${title}\n      ${(error as Error).message}`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
    broken += (await cleansUp(storage, prefix)) ? 0 : 1;
  }
  say(broken === 0 ? '\n  The store keeps every promise.\n' : `\n  Broken promises: ${broken}.\n`);
  return broken === 0;
}

async function cleansUp(storage: MediaStorage, prefix: string): Promise<boolean> {
  try {
    await storage.remove(prefix);
    for await (const { key } of storage.list(prefix)) throw new Error(`${key} is still listed`);
    say('  ✓ nothing is left behind');
    return true;
  } catch (error) {
    say(`  ✗ nothing is left behind\n      ${(error as Error).message} Remove ${prefix} by hand.`);
    return false;
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
