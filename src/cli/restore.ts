import 'reflect-metadata';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkBackup } from '../maintenance/backup/backup-check.js';
import { overlap } from '../maintenance/backup/folder-overlap.js';
import { incompleteText } from '../maintenance/backup/incomplete-media.js';
import { Restore } from '../maintenance/backup/restore.js';
import { Config } from '../platform/config/config.js';
import { storeNamed } from '../platform/storage/storage-choice.js';
import { NamedBar } from './named-bar.js';
import { command, untilInterrupted, wrongUsage } from './terminal.js';
import { withDatabase } from './with-database.js';

const USAGE = `
  npm run restore -- --from <folder>

  Restores a backup into an empty installation: an empty DATA_DIR, or an empty database in MONGODB_URI. Media goes to the
  store that STORAGE names. Stop the service first, start it when this has ended. Run it again if it broke off: it goes on.
  Exit code 0: all of it is there; files that the backup lacks are named. 1: it is not. 2: wrong usage.
`;

async function restore(folder: string): Promise<number> {
  const config = Config.load();
  const { signal } = untilInterrupted('Stopping; run it again to go on. Ctrl-C again does not wait.');
  if (await overlap([join(folder, 'media')], [config.dataPath('media')]))
    throw new Error(
      'The backup must not lie where the service would keep its media: from then on the service would change and ' +
        'remove files of the backup. Set another DATA_DIR; nothing was changed.',
    );
  process.stdout.write('  Reading the backup ...\n');
  const manifest = await checkBackup(folder);
  signal.throwIfAborted();
  const bar = new NamedBar();
  try {
    // Without STORAGE_FALLBACK, whose objects would count as restored.
    const store = await storeNamed(config.STORAGE, config);
    await store.check();
    const { documents, objects, present } = await withDatabase(config, async (database) => {
      bar.total(manifest.media.objects);
      return new Restore(database, store, folder, signal).run(manifest, (key) => {
        bar.begins(key);
        bar.done();
      });
    });
    bar.stop();
    process.stdout.write(
      `\n  The backup of ${manifest.startedAt} is restored: ${documents} documents, ${objects} files in ${config.STORAGE}` +
        `${present > 0 ? ` (${present} were there already)` : ''}.\n${incompleteText(manifest.incomplete)}  All sessions were left out: everybody has to sign in again.\n\n`,
    );
    return 0;
  } finally {
    bar.stop();
  }
}

const { values } = parseArgs({ strict: false, options: { from: { type: 'string' } } });
if (typeof values.from !== 'string' || values.from === '') {
  wrongUsage('Name a folder: --from <folder>.', USAGE);
} else {
  const folder = resolve(values.from);
  await command('restore', () => restore(folder));
}
