import { join } from 'node:path';
import pLimit from 'p-limit';
import { TagReader } from '../../uploads/pipeline/tag-reader.service.js';
import { planAlbums, type PlannedAlbum } from './import-album-plan.js';
import type { AlbumImport, AlbumOutcome } from './album-import.js';
import type { ImportOptions } from './import-options.js';
import { printable } from '../../platform/logging/printable.js';
import { tableLines } from '../table.js';
import type { Outcomes } from './import-outcome.js';

export type AlbumOutcomes = Map<PlannedAlbum, AlbumOutcome>;

/** Reads the tags of all files, then imports one album after another. `paths` are relative to the folder. */
export async function bringAlbums(
  paths: readonly string[],
  outcomes: Outcomes,
  { folder, concurrency }: ImportOptions,
  albums: AlbumImport,
): Promise<AlbumOutcomes> {
  const reader = new TagReader();
  const files = await pLimit(concurrency).map(paths, async (path) => ({
    path,
    tags: await reader.read(join(folder, path)),
  }));
  const found: AlbumOutcomes = new Map();
  for (const album of planAlbums(files)) found.set(album, await albums.bring(album, outcomes));
  return found;
}

const ROWS: [AlbumOutcome['kind'], string, string][] = [
  ['made', 'albums made', 'albums to make'],
  ['completed', 'albums completed', 'albums to complete'],
  ['unchanged', 'albums unchanged', 'albums unchanged'],
  ['waiting', 'albums waiting', 'albums waiting'],
  ['failed', 'albums failed', 'albums failed'],
];

/** The numbers of albums by outcome, and the albums themselves except unchanged ones. */
export function albumsTable(albums: AlbumOutcomes, dryRun: boolean): string {
  const all = [...albums];
  const lines: string[] = [];
  for (const [kind, done, planned] of ROWS) {
    const these = all.filter(([, outcome]) => outcome.kind === kind);
    if (these.length === 0 && kind !== 'made') continue;
    lines.push(...tableLines([[dryRun ? planned : done, String(these.length)]], [{ width: 20, gap: 0 }]));
    if (kind === 'unchanged') continue;
    for (const [album, outcome] of these) lines.push(`    ${described(album, outcome)}`);
  }
  return `${lines.join('\n')}\n\n`;
}

/** Number of albums that need another run or manual work. */
export function numberOfOpenAlbums(albums: AlbumOutcomes): number {
  return [...albums.values()].filter(({ kind }) => kind === 'waiting' || kind === 'failed').length;
}

function described({ title, artist, files }: PlannedAlbum, outcome: AlbumOutcome): string {
  const why = outcome.kind === 'failed' ? `: ${outcome.reason}` : '';
  return printable(`${title} – ${artist ?? 'artist unknown'}, ${files.length} files${why}`);
}
