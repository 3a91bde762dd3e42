import 'reflect-metadata';
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { SingleBar } from 'cli-progress';
import pLimit from 'p-limit';
import { printable } from '../../platform/logging/printable.js';
import { ApiClient } from '../api-client.js';
import { importOptions, USAGE, type ImportOptions } from './import-options.js';
import { closingTable, importExitCode, reasonOf, type Outcomes } from './import-outcome.js';
import { AlbumImport } from './album-import.js';
import { albumsTable, bringAlbums, numberOfOpenAlbums } from './import-album-report.js';
import { SongImport } from './song-import.js';
import { createApiRetry } from './api-retry.js';
import { command, untilInterrupted, wrongUsage } from '../terminal.js';
import { audioFilesBelow, type FoundFile } from './import-walk.js';

async function importFolder(options: ImportOptions): Promise<number> {
  const api = new ApiClient(options.server, options.token);
  const { account } = options;
  const signIn = account && (() => api.login(account.email, account.password));
  await signIn?.();
  const skipped = new Map<string, number>();
  const files: FoundFile[] = [];
  for await (const file of audioFilesBelow(options.folder, skipped)) {
    if (files.push(file) >= options.limit) break;
  }
  const retry = createApiRetry(signIn);
  const song = new SongImport(api, options.dryRun, retry);
  const outcomes = await bringAll(files, song, options);
  const notBegun = files.length - outcomes.size;
  process.stdout.write(closingTable(outcomes, notBegun, skipped));
  if (!options.albumFromTags) return importExitCode(outcomes, notBegun);
  const paths = files.map(({ path }) => relative(options.folder, path));
  const albums = await bringAlbums(paths, outcomes, options, new AlbumImport(api, options.dryRun, retry));
  process.stdout.write(albumsTable(albums, options.dryRun));
  return numberOfOpenAlbums(albums) > 0 ? 1 : importExitCode(outcomes, notBegun);
}

/** Outcomes by path, in the order of the files, without the files that were not begun before Ctrl-C. */
async function bringAll(files: FoundFile[], song: SongImport, options: ImportOptions): Promise<Outcomes> {
  const limit = pLimit(options.concurrency);
  const bar = new SingleBar({
    format: '  {bar} {percentage} %  {value}/{total}  {file}',
    noTTYOutput: true,
    notTTYSchedule: 2_000,
  });
  const outcomes: Outcomes = new Map();
  const interruption = untilInterrupted('Finishing the uploads under way; Ctrl-C again does not wait.');
  bar.start(files.length, 0, { file: '' });
  await limit.map(files, async ({ path }) => {
    if (interruption.signal.aborted) return;
    outcomes.set(relative(options.folder, path), await song.bring(path));
    bar.increment({ file: printable(relative(options.folder, path)).slice(-40) });
  });
  bar.stop();
  interruption.forget();
  return outcomes;
}

let options: ImportOptions | undefined;
try {
  options = await importOptions(process.argv.slice(2));
  const folder = await stat(options.folder).catch(() => undefined);
  if (!folder?.isDirectory()) throw new Error(`There is no folder ${options.folder}.`);
} catch (error) {
  options = undefined;
  wrongUsage((error as Error).message, USAGE);
}
if (options) {
  const given = options;
  await command('import', () =>
    importFolder(given).catch((error: unknown) => Promise.reject(new Error(reasonOf(error)))),
  );
}
