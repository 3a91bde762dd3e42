/** Error codes of a full file system. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Turns errors of a full disk into one sentence; returns other errors unchanged. */
export function explained(error: unknown): Error {
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
