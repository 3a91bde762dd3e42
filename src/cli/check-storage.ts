import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnModuleDestroy } from '@nestjs/common';
import { withTimeout } from '../platform/async/with-timeout.js';
import { Config } from '../platform/config/config.js';
import type { MediaStorage } from '../platform/storage/media-storage.js';
import { storeNamed } from '../platform/storage/storage-choice.js';
import {
  DIRECT_UPLOAD_CONFORMANCE,
  STORAGE_CONFORMANCE,
} from '../platform/storage/conformance/storage-conformance.js';

/** Time limit of a single check, milliseconds. */
const LIMIT_MS = 180_000;

/** `npm run check:storage`: checks that the configured store fulfils the contract of MediaStorage. */
process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  let storage: (MediaStorage & Partial<OnModuleDestroy>) | undefined;
  try {
    const config = Config.load();
    storage = await storeNamed(config.STORAGE, config);
    await storage.check();
    return await runChecks(storage);
  } catch (error) {
    say(`\n  ✗ ${(error as Error).message}\n`);
    return false;
  } finally {
    await storage?.onModuleDestroy?.();
  }
}

async function runChecks(storage: MediaStorage): Promise<boolean> {
  const prefix = `check-${randomBytes(6).toString('hex')}/`;
  const folder = await mkdtemp(join(tmpdir(), 'check-storage-'));
  say(`\n  The ${storage.name} store, below ${prefix}\n`);
  let failed = 0;
  try {
    for (const { title, run } of [
      ...STORAGE_CONFORMANCE,
      ...(storage.direct ? DIRECT_UPLOAD_CONFORMANCE : []),
    ]) {
      const started = Date.now();
      try {
        await withTimeout(LIMIT_MS, run({ storage, prefix, folder }), () => {
          throw new Error(`not within ${LIMIT_MS / 1000} s`);
        });
        say(`  ✓ ${title} (${Date.now() - started} ms)`);
      } catch (error) {
        failed++;
        say(`  ✗ ${title}\n      ${(error as Error).message}`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
    failed += (await cleansUp(storage, prefix)) ? 0 : 1;
  }
  const failures = failed === 1 ? '1 check failed.' : `${failed} checks failed.`;
  say(`\n  ${failed === 0 ? 'All checks passed.' : failures}\n`);
  return failed === 0;
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

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
