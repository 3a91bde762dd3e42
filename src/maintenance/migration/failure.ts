import { BadInputError, NotFoundError } from '../../platform/errors/domain-error.js';
import { DamagedMediaError } from '../../platform/storage/checked-copy.js';
import { MediaIncompleteError } from '../../platform/storage/media-group.js';

/** Why the media of an owner was not moved. The message is one sentence for the user. */
export class NotMovedError extends Error {}

const OWNER_ERRORS = [
  NotMovedError,
  NotFoundError,
  MediaIncompleteError,
  DamagedMediaError,
  BadInputError,
] as const;

/** How Cloudinary ("File size too large. Got …") and S3 (EntityTooLarge) refuse a single file. */
const TOO_LARGE = /file size too large|EntityTooLarge/i;

/** Says whether an error affects only this song or cover; otherwise a store or the connection to it fails. */
export function isOfOwner(error: unknown): boolean {
  if (OWNER_ERRORS.some((kind) => error instanceof kind)) return true;
  for (let at = error; at; at = (at as { cause?: unknown }).cause)
    if (TOO_LARGE.test(wordsOf(at))) return true;
  return false;
}

/** Text of a thrown value, which need not be an Error: Cloudinary's SDK also rejects with `{ error: { message } }`. */
function wordsOf(thrown: unknown): string {
  const { name, message, error } = thrown as {
    name?: string;
    message?: unknown;
    error?: { message?: unknown };
  };
  return `${name} ${String(message)} ${String(error?.message)}`;
}
