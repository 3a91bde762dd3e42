import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { every, retry } from '../../platform/async/retry.js';
import { ConflictError, NotFoundError, type DomainError } from '../../platform/errors/domain-error.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import type { SongDocument } from '../../songs/song.schema.js';
import { SongsService } from '../../songs/songs.service.js';
import type { IncomingFile } from '../pipeline/upload-spool.service.js';
import { outcomeAfter, type CompletionOutcome } from './completion-outcome.js';
import type { StoredUpload } from './pending-upload.schema.js';
import { CLAIM, PendingUploadRepository } from './pending-upload.repository.js';
import { UploadTransports } from './upload-transports.service.js';

/** How often a process that waits for another one's claim tries again, milliseconds. */
const CLAIM_POLL_MS = 300;
/** How long a rejection is kept for a client that did not receive the response, milliseconds. */
const REJECTION_TTL_MS = 600_000;

/** Another process validates the upload at this moment. */
class ClaimedElsewhereError extends Error {}

/** Called with the complete file of an upload; makes it a new song, or the new audio of an existing one. */
export type OnValidFile = (file: IncomingFile) => Promise<SongDocument>;

/**
 * Turns a completely received upload into its song exactly once, however often and in however many processes
 * `complete` is called.
 *
 *                   claim                admit
 *     receiving ------------> claimed ------------> song
 *         ^                      |
 *         |   release, expiry    |   reject
 *         +----------------------+----------------> rejected
 *
 * - receiving: the record exists and no process has a claim on it. Bytes may still be missing.
 * - claimed: one process validates the file and renews its claim. Other processes wait. When the process dies, the
 *   claim expires, with record and bytes as before.
 * - song: record and bytes are removed. Later calls find the song by the upload's id.
 * - rejected: record and bytes are removed, since the file can never be admitted. Later calls within REJECTION_TTL_MS
 *   get the same error from the process that rejected it, NotFoundError from others.
 *
 * Two claims can overlap if a process was merely slow. One song is guaranteed by the unique index on
 * `original.uploadId`.
 */
@Injectable()
export class UploadCompletion {
  private readonly logger = new Logger(UploadCompletion.name);
  /** By upload id. Calls of this process for one upload share its result. */
  private readonly inProgress = new Map<string, Promise<SongDocument>>();
  private readonly rejections = new LRUCache<string, DomainError>({ max: 1000, ttl: REJECTION_TTL_MS });

  constructor(
    private readonly uploads: PendingUploadRepository,
    private readonly transports: UploadTransports,
    private readonly songs: SongsService,
  ) {}

  /** Throws NotFoundError, UploadIncompleteError, or what `admit` throws. A permanent rejection removes the upload. */
  async complete(id: string, accountId: string, admit: OnValidFile): Promise<SongDocument> {
    const upload = await this.uploads.findOwn(id, accountId);
    if (!upload) return this.earlierResult(id, accountId);
    const completing = this.inProgress.get(id) ?? this.claimAndAdmit(upload, admit);
    this.inProgress.set(id, completing);
    return completing.finally(() => this.inProgress.delete(id));
  }

  /** Like `complete`, for new audio of an existing song. Throws ConflictError if the upload has become another song. */
  async completeInto(
    songId: string,
    id: string,
    accountId: string,
    admit: OnValidFile,
  ): Promise<SongDocument> {
    const song = await this.complete(id, accountId, admit);
    if (song.id !== songId) throw new ConflictError('This upload has become another song already.');
    return song;
  }

  private async claimAndAdmit(upload: StoredUpload, admit: OnValidFile): Promise<SongDocument> {
    const claim = await this.waitForClaim(upload._id);
    if (!claim) return this.earlierResult(upload._id, upload.accountId);
    const renewal = new PeriodicTask({
      work: () => this.uploads.renewClaim(upload._id, claim),
      pauseMs: CLAIM.ttlMs / 3,
      onFailure: () => undefined,
    });
    return renewal.during(async () => this.settle(upload, claim, await this.admit(upload, admit)));
  }

  /** Resolves to the claim's id when no other process holds it, or to null when the upload no longer exists. */
  private async waitForClaim(id: string): Promise<string | null> {
    const claimOrWait = async (): Promise<string | null> => {
      const claim = await this.uploads.claim(id);
      if (claim || !(await this.uploads.find(id))) return claim;
      throw new ClaimedElsewhereError();
    };
    return retry(claimOrWait, {
      ...every(CLAIM_POLL_MS),
      isTransient: (error) => error instanceof ClaimedElsewhereError,
    });
  }

  private async admit(upload: StoredUpload, admit: OnValidFile): Promise<CompletionOutcome> {
    const ofThisUpload = () => this.songs.findByUpload(upload._id);
    try {
      // An earlier call may have made the song without its response or the cleanup reaching the end.
      const song = await ofThisUpload();
      if (song) return { state: 'song', song };
      const transport = this.transports.of(upload);
      await transport.assertComplete(upload);
      return { state: 'song', song: await admit(await transport.receivedFile(upload)) };
    } catch (error) {
      return ofThisUpload().then(
        (song) => outcomeAfter(error, song),
        (failure: unknown) => ({ state: 'receiving', error: failure }),
      );
    }
  }

  private async settle(
    upload: StoredUpload,
    claim: string,
    outcome: CompletionOutcome,
  ): Promise<SongDocument> {
    switch (outcome.state) {
      case 'song':
        await this.remove(upload);
        return outcome.song;
      case 'rejected':
        this.rejections.set(rejectionKey(upload._id, upload.accountId), outcome.error);
        await this.remove(upload);
        throw outcome.error;
      case 'receiving':
        await this.uploads.release(upload._id, claim).catch(() => undefined);
        throw outcome.error;
    }
  }

  /** Removes bytes, then the record. What cannot be removed now is removed when the upload expires. */
  private async remove(upload: StoredUpload): Promise<void> {
    try {
      await this.transports.of(upload).remove(upload._id);
      await this.uploads.remove(upload._id);
    } catch (error) {
      this.logger.warn(
        `upload ${upload._id}: could not be removed now, will be when it expires: ${(error as Error).message}`,
      );
    }
  }

  /** The result of an upload whose record is gone, for a client that did not receive the response. */
  private async earlierResult(id: string, accountId: string): Promise<SongDocument> {
    const song = await this.songs.findByUpload(id);
    if (song) return song;
    throw this.rejections.get(rejectionKey(id, accountId)) ?? new NotFoundError('This upload');
  }
}

const rejectionKey = (id: string, accountId: string) => `${accountId}/${id}`;
