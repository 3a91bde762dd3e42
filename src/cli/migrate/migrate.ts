import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Config } from '../../platform/config/config.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { connectBackingServices } from '../../platform/backing-services/backing-services.js';
import { MigrationModule } from '../../maintenance/migration/migration.module.js';
import { migrationExitCode, reportText, surveyText } from '../../maintenance/migration/migration-report.js';
import { Migration } from '../../maintenance/migration/migration.service.js';
import { MovedRemoval } from '../../maintenance/migration/moved-removal.service.js';
import { MigrationSurvey } from '../../maintenance/migration/migration-survey.service.js';
import type { Throttle } from '../../platform/storage/checked-copy.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { storesByName } from '../../platform/storage/storage-choice.js';
import { migrateOptions, refusalOf, USAGE, type MigrateOptions } from './migrate-options.js';
import { NamedBar } from '../named-bar.js';
import { command, untilInterrupted, wrongUsage } from '../terminal.js';

async function migrate(options: MigrateOptions): Promise<number> {
  const config = Config.load();
  const refusal = options.dryRun ? undefined : refusalOf(options, config);
  if (refusal) throw new Error(refusal);
  const { signal } = untilInterrupted('Stopping after the files under way. Ctrl-C again does not wait.');
  const services = await connectBackingServices(config);
  let app: INestApplicationContext | undefined;
  try {
    app = await NestFactory.createApplicationContext(MigrationModule.forRoot(config, services), {
      logger: ['fatal', 'error', 'warn'],
      abortOnError: false,
    });
    const storeOf = await storesByName(config);
    if (options.dryRun) return await survey(app, options, storeOf(options.from), signal);
    return options.removeMoved
      ? await removeMoved(app, options, storeOf, config.MEDIA_GRACE_SECONDS, signal)
      : await move(app, options, storeOf, signal);
  } finally {
    await app?.close().catch(() => undefined);
    await services.stop();
  }
}

async function move(
  app: INestApplicationContext,
  { from, to, concurrency, bytesPerSecond }: MigrateOptions,
  storeOf: (name: StoreName) => MediaStorage,
  signal: AbortSignal,
): Promise<number> {
  await storeOf(to).check();
  const bar = new NamedBar();
  const route = {
    fromName: from,
    toName: to,
    from: storeOf(from),
    to: storeOf(to),
    concurrency,
    ...(bytesPerSecond ? { pace: throttle(bytesPerSecond) } : {}),
  };
  try {
    const report = await app.get(Migration).run(route, bar, signal);
    bar.stop();
    process.stdout.write(reportText(report, from, to));
    return migrationExitCode(report);
  } finally {
    bar.stop();
  }
}

async function survey(
  app: INestApplicationContext,
  { from, to }: MigrateOptions,
  source: MediaStorage,
  signal: AbortSignal,
): Promise<number> {
  const bar = new NamedBar();
  try {
    const found = await app.get(MigrationSurvey).of(from, to, source, bar, signal);
    bar.stop();
    process.stdout.write(surveyText(found, from, to));
    return found.refused.length > 0 ? 1 : 0;
  } finally {
    bar.stop();
  }
}

async function removeMoved(
  app: INestApplicationContext,
  { from }: MigrateOptions,
  storeOf: (name: StoreName) => MediaStorage,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<number> {
  const removal = app.get(MovedRemoval);
  const { removed, inUse, waiting, doubtful, stopped } = await app
    .get(Migration)
    .alone(signal, (inCharge) => removal.run(from, storeOf, graceSeconds, inCharge));
  process.stdout.write(
    `\n  removed from ${from}: ${removed} (a song's original, each of its packages and a cover count one each)\n` +
      (inUse > 0 ? `  in use again, kept: ${inUse}\n` : '') +
      (waiting > 0 ? `  moved less than ${graceSeconds} s ago, kept for now: ${waiting}\n` : '') +
      doubtful.map((at) => `  kept, because the copy is not whole: ${at}\n`).join('') +
      (stopped ? `  stopped before the end: ${stopped} Run the same command again to go on.\n` : '') +
      '\n',
  );
  return doubtful.length > 0 || stopped ? 1 : 0;
}

/** Limits the throughput of all senders together. After a pause of the senders the rate is not exceeded to catch up. */
function throttle(bytesPerSecond: number): Throttle {
  let free = performance.now();
  return async (bytes) => {
    const at = Math.max(free, performance.now());
    free = at + (bytes / bytesPerSecond) * 1000;
    const wait = at - performance.now();
    if (wait > 1) await sleep(wait);
  };
}

let options: MigrateOptions | undefined;
try {
  options = migrateOptions(process.argv.slice(2));
} catch (error) {
  wrongUsage((error as Error).message, USAGE);
}
if (options) {
  const given = options;
  await command('migration', () => migrate(given));
}
