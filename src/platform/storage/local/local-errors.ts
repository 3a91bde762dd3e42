import { UnavailableError } from '../../errors/domain-error.js';

const READ_ONLY =
  'The server may not write to its media folder. Give the account it runs as write access to the "media" folder of the data directory.';

/** What the operator can do about an error code; a code that is not listed is a defect and is passed on unchanged. */
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk that holds the media is full. Free some space on it, then try again.',
  EDQUOT: 'The disk quota for the media is used up. Raise it or free some space, then try again.',
};
const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  EROFS: READ_ONLY,
  EMFILE: 'The server has too many files open. Raise its limit (ulimit -n) or try again later.',
  ENFILE: 'The machine has too many files open. Try again later.',
  EIO: 'The disk that holds the media reports errors. Check the disk.',
  ESTALE: 'The media folder was disconnected. Mount it again.',
  ETIMEDOUT: 'The media folder does not answer. Check the network disk.',
};

/** Has the same code as the check before an upload: a client need not know which disk is full. */
class StoreFullError extends UnavailableError {
  override readonly code = 'DISK_FULL';
  override readonly status = 507;
}

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Whether a path does not exist: its last name is missing, or a file is in the place of a folder. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Turns a file system error into an UnavailableError if the operator can act on it; returns others unchanged. */
export function explained(error: unknown): unknown {
  const code = errorCode(error) ?? '';
  if (FULL[code]) return new StoreFullError(FULL[code], { cause: error });
  const sentence = SENTENCES[code];
  return sentence ? new UnavailableError(sentence, { cause: error }) : error;
}

/** Awaits file system work and maps its error with `explained`. */
export async function explaining<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explained(error);
  }
}

/** Awaits work on a path and ignores that the path was removed meanwhile. */
export async function unlessMissing(work: Promise<unknown> | undefined): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
