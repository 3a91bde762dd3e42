import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConflictError, NotFoundError, type DomainError } from '../../platform/errors/domain-error.js';
import type { SongDocument } from '../../songs/song.schema.js';
import { SongsService } from '../../songs/songs.service.js';
import type { IncomingFile } from '../pipeline/incoming-file.js';
import { DiskFullError, isPermanentRejection } from '../pipeline/upload-errors.js';
import type { StoredUpload } from './pending-upload.schema.js';
import { CLAIM_TTL_MS, PendingUploads } from './pending-uploads.service.js';
import { UploadTransports } from './upload-transports.service.js';

/** How often a process that waits for another one's claim tries again, milliseconds. */
const CLAIM_POLL_MS = 300;
/** How long a rejection is kept for a client that did not receive the response, milliseconds. */
const REJECTION_TTL_MS = 600_000;

/** Called with the complete file of an upload; makes it a new song, or the new audio of an existing one. */
export type OnValidFile = (file: IncomingFile) => Promise<SongDocument>;

/**
 * Turns a completely received upload into its song exactly once, however often and in however many processes
 * `complete` is called. An upload goes through these states:
 *
 * - receiving: the record exists, no process holds its claim. `assertComplete` fails until all bytes have arrived.
 * - claimed: one process validates the file and renews its claim (CLAIM_TTL_MS). Others wait in `waitForClaim`. When
 *   the process dies, the claim expires and record and bytes are as before.
 * - song: the file was admitted. Bytes and record are removed; later calls find the song by the upload's id.
 * - rejected: the file can never be admitted. Bytes and record are removed; later calls within REJECTION_TTL_MS get
 *   the same error from the process that rejected it, NotFoundError elsewhere.
 *
 * Two claims can overlap if a process was merely slow, so the unique index on `original.uploadId` guarantees one
 * song.
 */
@Injectable()
export class UploadCompletion {
  private readonly logger = new Logger(UploadCompletion.name);
  private readonly inProgress = new Map<string, Promise<SongDocument>>();
  private readonly rejections = new LRUCache<string, DomainError>({ max: 1000, ttl: REJECTION_TTL_MS });

  constructor(
    private readonly uploads: PendingUploads,
    private readonly transports: UploadTransports,
    private readonly songs: SongsService,
  ) {}

  /** Throws NotFoundError, UploadIncompleteError, or what `admit` throws. A permanent rejection removes the upload. */
  async complete(id: string, accountId: string, admit: OnValidFile): Promise<SongDocument> {
    const upload = await this.uploads.findOwn(id, accountId);
    if (!upload) return this.finishedResult(id, accountId);
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

  /** The result of an upload whose record is gone, for a client that did not receive the response. */
  private async finishedResult(id: string, accountId: string): Promise<SongDocument> {
    const song = await this.songs.findByUpload(id);
    if (song) return song;
    throw this.rejections.get(rejectionKey(id, accountId)) ?? new NotFoundError('This upload');
  }

  private async claimAndAdmit(upload: StoredUpload, admit: OnValidFile): Promise<SongDocument> {
    const { _id: id, accountId } = upload;
    const claim = await this.waitForClaim(id);
    const renewing = setInterval(
      () => void (claim && this.uploads.renewClaim(id, claim).catch(() => undefined)),
      CLAIM_TTL_MS / 3,
    );
    try {
      // An earlier call may have made the song without its response or the cleanup reaching the end.
      const song =
        (await this.songs.findByUpload(id)) ?? (claim && (await this.admitReceivedFile(upload, admit)));
      if (!song) return await this.finishedResult(id, accountId);
      await this.removeUpload(upload);
      return song;
    } catch (error) {
      const isRejected = isPermanentRejection(error);
      if (isRejected) this.rejections.set(rejectionKey(id, accountId), error);
      if (isRejected) await this.removeUpload(upload);
      else if (claim) await this.uploads.release(id, claim).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(renewing);
    }
  }

  /**
   * Waits until no other process holds the claim. Resolves to the claim's id, or null when the upload no longer
   * exists.
   */
  private async waitForClaim(id: string): Promise<string | null> {
    for (;;) {
      const claim = await this.uploads.claim(id);
      if (claim || !(await this.uploads.find(id))) return claim;
      await sleep(CLAIM_POLL_MS);
    }
  }

  private async admitReceivedFile(upload: StoredUpload, admit: OnValidFile): Promise<SongDocument> {
    const transport = this.transports.of(upload);
    await transport.assertComplete(upload);
    try {
      return await admit(await transport.receivedFile(upload));
    } catch (error) {
      // The insert may have succeeded although its reply was lost, or a process whose claim expired may have finished.
      const song = await this.songs.findByUpload(upload._id);
      if (song) return song;
      throw error instanceof DiskFullError ? diskFullDuringCheck() : error;
    }
  }

  /** Removes bytes and record. Whatever cannot be removed now is removed when the upload expires. */
  private async removeUpload(upload: StoredUpload): Promise<void> {
    try {
      await this.transports.of(upload).remove(upload._id);
      await this.uploads.remove(upload._id);
    } catch (error) {
      this.logger.warn(
        `upload ${upload._id}: could not be removed now, will be when it expires: ${(error as Error).message}`,
      );
    }
  }
}

const rejectionKey = (id: string, accountId: string) => `${accountId}/${id}`;

const diskFullDuringCheck = () =>
  new DiskFullError(
    'The server has no disk space to check this file. The received bytes are kept; tell the operator, then ' +
      'complete it again.',
  );
