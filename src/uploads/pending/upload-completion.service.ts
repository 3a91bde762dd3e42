import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConflictError, NotFoundError, type DomainError } from '../../platform/errors/domain-error.js';
import type { SongDocument } from '../../songs/song.js';
import { SongsService } from '../../songs/songs.service.js';
import type { IncomingFile } from '../pipeline/incoming-file.js';
import { DiskFullError, isPermanentRejection } from '../pipeline/upload-errors.js';
import type { StoredUpload } from './pending-upload.js';
import { CLAIM_TTL_MS, PendingUploads } from './pending-uploads.service.js';
import { UploadTransports } from './upload-transports.js';

/** How often whoever meets another judge looks again, milliseconds. */
const CLAIM_POLL_MS = 300;
/** How long a refusal is told again to whom it did not reach, milliseconds. */
const REJECTION_TTL_MS = 600_000;

/** What becomes of a file in hand: a new song, or new audio of an old one. */
export type OnValidFile = (file: IncomingFile) => Promise<SongDocument>;

/**
 * From a promised upload to its song, once, however often and wherever it is asked for: one judge at a time by a claim
 * on the upload, and one song by a unique index on the upload's id. A judge who dies leaves everything where it was.
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

  /** Throws NotFoundError, UploadIncompleteError, or what `admit` throws; a verdict leaves nothing behind. */
  async complete(id: string, accountId: string, admit: OnValidFile): Promise<SongDocument> {
    const upload = await this.uploads.findOwn(id, accountId);
    if (!upload) return this.finishedResult(`${accountId}/${id}`, id);
    const completing = this.inProgress.get(id) ?? this.claimAndAdmit(upload, admit);
    this.inProgress.set(id, completing);
    return completing.finally(() => this.inProgress.delete(id));
  }

  /** As `complete`, for a song there is. Throws ConflictError when the upload has become another. */
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

  /** The answer once more, for whom it did not reach. */
  private async finishedResult(own: string, id: string): Promise<SongDocument> {
    const song = await this.songs.findByUpload(id);
    if (song) return song;
    throw this.rejections.get(own) ?? new NotFoundError('This upload');
  }

  private async claimAndAdmit(upload: StoredUpload, admit: OnValidFile): Promise<SongDocument> {
    const { _id: id, accountId } = upload;
    const claim = await this.waitForClaim(id);
    const renewing = setInterval(
      () => void (claim && this.uploads.renewClaim(id, claim).catch(() => undefined)),
      CLAIM_TTL_MS / 3,
    );
    try {
      // Somebody was here before: their answer got lost, or they died right after.
      const song =
        (await this.songs.findByUpload(id)) ?? (claim && (await this.admitReceivedFile(upload, admit)));
      if (!song) return await this.finishedResult(`${accountId}/${id}`, id);
      await this.removeUpload(upload);
      return song;
    } catch (error) {
      const refused = isPermanentRejection(error);
      if (refused) this.rejections.set(`${accountId}/${id}`, error);
      if (refused) await this.removeUpload(upload);
      else if (claim) await this.uploads.release(id, claim).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(renewing);
    }
  }

  /** Waits for the one before, if there is one; null when nothing is left to be judged. */
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
      // The database may have taken the song and lost its answer; or a judge taken for dead was not.
      const song = await this.songs.findByUpload(upload._id);
      if (song) return song;
      throw error instanceof DiskFullError ? diskFullDuringCheck() : error;
    }
  }

  /** What cannot be removed now is when it expires. */
  private async removeUpload(upload: StoredUpload): Promise<void> {
    try {
      await this.transports.of(upload).remove(upload._id);
      await this.uploads.remove(upload._id);
    } catch (error) {
      this.logger.warn(`upload ${upload._id}: stays until it expires: ${(error as Error).message}`);
    }
  }
}

const diskFullDuringCheck = () =>
  new DiskFullError(
    'The server has no room to check this file. It is kept as it arrived; tell the operator, then complete it again.',
  );
