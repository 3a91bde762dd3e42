import { NotFoundError } from '../../platform/errors/domain-error.js';
import { printable } from '../../platform/logging/printable.js';
import { DamagedMediaError } from '../../platform/storage/checked-copy.js';
import { MediaIncompleteError } from '../../platform/storage/media-group.js';

/** An album or song whose media was incomplete in the store. The backup has its document and the remaining files. */
export interface Incomplete {
  collection: string;
  id: string;
  title: string;
  /** The missing or damaged files, one sentence each. */
  reasons: string[];
}

/** Maximum number of items printed on a terminal. */
const NAMED = 20;

/** Describes an error that affects only one file; undefined if the store itself fails. */
export function mediaProblemOf(error: unknown): string | undefined {
  if (error instanceof NotFoundError) return 'is missing in the store';
  if (error instanceof MediaIncompleteError) return `is not whole in the store: ${error.message}`;
  if (error instanceof DamagedMediaError) return `is damaged: ${error.between('the store', 'the backup')}`;
  return undefined;
}

/** Text for a terminal; '' if nothing is incomplete. */
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
