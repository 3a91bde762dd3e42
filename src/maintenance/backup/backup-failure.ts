/** Codes of a file system without room. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A full disk in one sentence; any other error as it is. */
export function explained(error: unknown): Error {
  for (
    let at = error as NodeJS.ErrnoException | undefined;
    at;
    at = at.cause as NodeJS.ErrnoException | undefined
  )
    if (at.code && FULL.has(at.code))
      return new Error(
        'The disk of the backup is full. Make room there, then run the backup again: it goes on where it stopped, and the backup before still holds.',
      );
  return error as Error;
}
