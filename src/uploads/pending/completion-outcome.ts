import type { DomainError } from '../../platform/errors/domain-error.js';
import type { SongDocument } from '../../songs/song.schema.js';
import { DiskFullError, isPermanentRejection } from '../pipeline/upload-errors.js';

/** The state that an upload goes into when a process has tried to make a song of it. */
export type CompletionOutcome =
  | { state: 'song'; song: SongDocument }
  | { state: 'rejected'; error: DomainError }
  | { state: 'receiving'; error: unknown };

/**
 * Decides what becomes of an upload after `error`. `song` is the song of this upload, looked up after the error: the
 * insert may have succeeded although its reply was lost, or a process whose claim expired may have finished.
 */
export function outcomeAfter(error: unknown, song: SongDocument | null): CompletionOutcome {
  if (song) return { state: 'song', song };
  if (isPermanentRejection(error)) return { state: 'rejected', error };
  return { state: 'receiving', error: error instanceof DiskFullError ? diskFullDuringCheck() : error };
}

const diskFullDuringCheck = () =>
  new DiskFullError(
    'The server has no disk space to check this file. The received bytes are kept; tell the operator, then ' +
      'complete it again.',
  );
