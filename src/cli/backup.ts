import 'reflect-metadata';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkBackup } from '../maintenance/backup/backup-check.js';
import { BackupFolder } from '../maintenance/backup/backup-folder.js';
import { Backup, type BackupReport } from '../maintenance/backup/backup.js';
import { incompleteText } from '../maintenance/backup/incomplete-media.js';
import { megabytes } from '../maintenance/migration/migration-report.js';
import { Config } from '../platform/config/config.js';
import { DataDirLock } from '../platform/backing-services/data-dir-lock.js';
import { storageFor } from '../platform/storage/storage-choice.js';
import { NamedBar } from './named-bar.js';
import { command, untilInterrupted, wrongUsage } from './terminal.js';
import { withDatabase } from './with-database.js';

const USAGE = `
  npm run backup -- --to <folder>            copies database and media there, while the service goes on
  npm run backup -- --to <folder> --check    reads the backup there and says whether it is whole

  The folder is new, empty, or a backup: then only what is new is copied, and the backup before holds until the new one
  is there. A file that the store has lost is named at the end, and everything else is in the backup.
  Exit code 0: there is a whole backup. 1: there is not, or not a new one, or files are named that it lacks. 2: wrong usage.
`;

/** Error codes of a full file system. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

async function backUp(folder: string): Promise<number> {
  const config = Config.load();
  const { signal } = untilInterrupted('Stopping; run it again to go on. Ctrl-C again does not wait.');
  const place = await BackupFolder.at(folder, config.dataPath());
  await place.make();
  const lock = await DataDirLock.take(
    folder,
    () => 'Another backup is being made into this folder: wait for it.',
  );
  const bar = new NamedBar();
  try {
    const storage = await storageFor(config);
    const report = await withDatabase(config, (database) =>
      new Backup(database, storage, place, signal).run(bar),
    );
    bar.stop();
    process.stdout.write(backupText(report));
    return report.manifest.incomplete ? 1 : 0;
  } catch (error) {
    throw explained(error);
  } finally {
    bar.stop();
    await lock.release();
  }
}

/** Turns errors of a full disk into one sentence; returns other errors unchanged. */
function explained(error: unknown): Error {
  for (
    let at = error as NodeJS.ErrnoException | undefined;
    at;
    at = at.cause as NodeJS.ErrnoException | undefined
  )
    if (at.code && FULL.has(at.code))
      return new Error(
        'The disk of the backup is full. Free some space there, then run the backup again: it goes on where it stopped, and the backup before still holds.',
      );
  return error as Error;
}

async function check(folder: string): Promise<number> {
  let objects = 0;
  const manifest = await checkBackup(folder, () => objects++);
  const { startedAt, incomplete } = manifest;
  process.stdout.write(
    `\n  The backup of ${startedAt} is ${incomplete ? 'as it was written, but not whole' : 'whole'}: ` +
      `${documentsOf(manifest)} documents, ${objects} files.\n${incompleteText(incomplete)}\n`,
  );
  return incomplete ? 1 : 0;
}

function backupText({ manifest, copied, copiedBytes, gone, pruned }: BackupReport): string {
  const { media, incomplete } = manifest;
  return (
    `\n  documents  ${documentsOf(manifest)} in ${manifest.collections.length} collections\n` +
    `  files      ${media.objects}, ${megabytes(media.objectBytes)}; ${copied} of them (${megabytes(copiedBytes)}) were new\n` +
    (gone > 0 ? `  deleted while the backup ran: ${gone}\n` : '') +
    (pruned > 0 ? `  no longer part of it, removed: ${pruned} files\n` : '') +
    incompleteText(incomplete) +
    (incomplete
      ? '  Everything else is in the backup. Put these files back, replace the audio or the cover, or delete the song;\n' +
        '  then run the backup again.\n'
      : '') +
    '\n'
  );
}

const documentsOf = ({ collections }: BackupReport['manifest']): number =>
  collections.reduce((sum, { documents }) => sum + documents, 0);

const { values } = parseArgs({
  strict: false,
  options: { to: { type: 'string' }, check: { type: 'boolean', default: false } },
});
if (typeof values.to !== 'string' || values.to === '') {
  wrongUsage('Name a folder: --to <folder>.', USAGE);
} else {
  const folder = resolve(values.to);
  await command('backup', () => (values.check ? check(folder) : backUp(folder)));
}
