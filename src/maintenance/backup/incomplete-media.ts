import { NotFoundError } from '../../platform/errors/domain-error.js';
import { printable } from '../../platform/logging/printable.js';
import { DamagedMediaError } from '../../platform/storage/checked-copy.js';
import { MediaIncompleteError } from '../../platform/storage/media-group.js';

/** An album or a song of which the store had not everything; the backup has its record and the rest. */
export interface Incomplete {
  collection: string;
  id: string;
  title: string;
  /** Which files, and why. */
  reasons: string[];
}

/** So many are named on a terminal. */
const NAMED = 20;

/** What is wrong with a file, so that the next one may still be right; undefined when the store itself is in trouble. */
export function mediaProblemOf(error: unknown): string | undefined {
  if (error instanceof NotFoundError) return 'is missing in the store';
  if (error instanceof MediaIncompleteError) return `is not whole in the store: ${error.message}`;
  if (error instanceof DamagedMediaError) return `is damaged: ${error.between('the store', 'the backup')}`;
  return undefined;
}

/** For a terminal; empty when nothing lacks. */
export function incompleteText(incomplete: readonly Incomplete[] = []): string {
  if (incomplete.length === 0) return '';
  const named = incomplete
    .slice(0, NAMED)
    .flatMap(({ collection, id, title, reasons }) => [
      `  not whole: ${collection.slice(0, -1)} ${id} "${printable(title)}"`,
      ...reasons.map((reason) => `    ${reason}`),
    ]);
  const more = incomplete.length - NAMED;
  if (more > 0) named.push(`  and ${more} more: all are in manifest.json, under "incomplete".`);
  return `${named.join('\n')}\n`;
}
