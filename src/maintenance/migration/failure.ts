import { BadInputError, NotFoundError } from '../../platform/errors/domain-error.js';
import { DamagedMediaError } from '../../platform/storage/checked-copy.js';
import { MediaIncompleteError } from '../../platform/storage/media-group.js';

/** Why an owner stays where it is; one sentence for a person. */
export class NotMovedError extends Error {}

const OF_ONE_OWNER = [
  NotMovedError,
  NotFoundError,
  MediaIncompleteError,
  DamagedMediaError,
  BadInputError,
] as const;

/** How Cloudinary ("File size too large. Got …") and S3 (EntityTooLarge) refuse one file and go on taking others. */
const TOO_LARGE = /file size too large|EntityTooLarge/i;

/** Whether a failure is about this song or cover alone; else a store, or the way to it, is in trouble. */
export function isOfOwner(error: unknown): boolean {
  if (OF_ONE_OWNER.some((kind) => error instanceof kind)) return true;
  for (let at = error; at; at = (at as { cause?: unknown }).cause)
    if (TOO_LARGE.test(wordsOf(at))) return true;
  return false;
}

/** What is thrown is not always an Error: Cloudinary's SDK rejects with `{ error: { message } }`, too. */
function wordsOf(thrown: unknown): string {
  const { name, message, error } = thrown as {
    name?: string;
    message?: unknown;
    error?: { message?: unknown };
  };
  return `${name} ${String(message)} ${String(error?.message)}`;
}
