import 'reflect-metadata';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkBackup } from '../backup/backup-check.js';
import { explained } from '../backup/backup-failure.js';
import { Backup, type BackupReport } from '../backup/backup.js';
import { Config } from '../config/config.js';
import { HouseLock } from '../embedded/house-lock.js';
import { storageFor } from '../storage/storage-choice.js';
import { command, NamedBar, untilInterrupted } from './terminal.js';
import { withDatabase } from './with-database.js';

const USAGE = `
  npm run backup -- --to <folder>            copies database and media there, while the service goes on
  npm run backup -- --to <folder> --check    reads the backup there and says whether it is whole

  Into a folder that has a backup only what is new is copied; the backup before holds until the new one is whole.
  Exit code 0: there is a whole backup. 1: there is not, or not a new one. 2: wrong usage.
`;

async function backUp(folder: string): Promise<number> {
  const config = Config.load();
  const signal = untilInterrupted('Stopping; run it again to go on.');
  const lock = await HouseLock.take(
    folder,
    () => 'Another backup is being made into this folder: wait for it.',
  );
  const bar = new NamedBar();
  try {
    const storage = await storageFor(config);
    const report = await withDatabase(config, (database) =>
      new Backup(database, storage, folder, signal).run(bar),
    );
    bar.stop();
    process.stdout.write(reportText(report));
    return 0;
  } catch (error) {
    throw explained(error);
  } finally {
    bar.stop();
    await lock.release();
  }
}

async function check(folder: string): Promise<number> {
  let objects = 0;
  const manifest = await checkBackup(folder, () => objects++);
  process.stdout.write(
    `\n  The backup of ${manifest.startedAt} is whole: ${documentsOf(manifest)} documents, ${objects} files.\n\n`,
  );
  return 0;
}

function reportText({ manifest, copied, copiedBytes, gone, pruned }: BackupReport): string {
  const { media } = manifest;
  return (
    `\n  documents  ${documentsOf(manifest)} in ${manifest.collections.length} collections\n` +
    `  files      ${media.objects}, ${megabytes(media.objectBytes)}; ${copied} of them (${megabytes(copiedBytes)}) were new\n` +
    (gone > 0 ? `  deleted while the backup ran: ${gone}\n` : '') +
    (pruned > 0 ? `  no longer part of it, removed: ${pruned} files\n` : '') +
    '\n'
  );
}

const documentsOf = ({ collections }: BackupReport['manifest']): number =>
  collections.reduce((sum, { documents }) => sum + documents, 0);

const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;

const { values } = parseArgs({
  strict: false,
  options: { to: { type: 'string' }, check: { type: 'boolean', default: false } },
});
if (typeof values.to !== 'string' || values.to === '') {
  process.stderr.write(`\n  Name a folder: --to <folder>.\n${USAGE}\n`);
  process.exitCode = 2;
} else {
  const folder = resolve(values.to);
  await command('backup', () => (values.check ? check(folder) : backUp(folder)));
}
