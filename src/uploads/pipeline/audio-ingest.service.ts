import { Injectable } from '@nestjs/common';
import type { AudioFacts } from '../../audio/audio-facts.js';
import { AudioValidator } from '../../audio/audio-validator.service.js';
import { dropRepeatedHeaders } from '../../audio/repeated-headers.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { IMMUTABLE, MediaStorage } from '../../platform/storage/media-storage.js';
import type { Original } from '../../songs/original.schema.js';
import { SongsService } from '../../songs/songs.service.js';
import type { IncomingFile } from './incoming-file.js';
import { UploadSpool, type ReceivedFile } from './upload-spool.service.js';
import { ChecksumMismatchError, DuplicateError } from './upload-errors.js';

/** How long an ingest may take before the sweep may treat its files as orphans, seconds. */
export const INGEST_GRACE_SECONDS = 3600;

/** A received file, with what its transport knows about it. */
export interface ReceivedAudio extends ReceivedFile, Pick<IncomingFile, 'name' | 'stored' | 'uploadId'> {}

/** The steps that a new song and new audio of an existing song share, for every transport: receive, validate, store. */
@Injectable()
export class AudioIngest {
  constructor(
    private readonly songs: SongsService,
    private readonly spool: UploadSpool,
    private readonly validator: AudioValidator,
    private readonly storage: MediaStorage,
    private readonly metrics: Metrics,
  ) {}

  /** Calls `use` with the received file and counts the outcome. Throws what `use` throws; see also upload-errors.ts. */
  async withReceivedAudio<T>(incoming: IncomingFile, use: (file: ReceivedAudio) => Promise<T>): Promise<T> {
    try {
      const made = await this.spool.withSpooledFile(incoming, async (file) =>
        use(await this.prepare(incoming, file)),
      );
      this.metrics.uploadAccepted();
      return made;
    } catch (error) {
      this.metrics.uploadRefused(error instanceof DomainError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  /** Decodes the whole file. Throws an error of audio-errors.ts if it is rejected. */
  validate(file: ReceivedFile): Promise<AudioFacts> {
    return this.validator.validate(file.path);
  }

  async store(key: string, file: ReceivedAudio, facts: AudioFacts): Promise<Original> {
    const { contentType, codec, bitrateKbps, sampleRateHz, channels } = facts;
    const metadata = { contentType, cacheControl: IMMUTABLE };
    if (file.stored && this.storage.direct) await this.storage.direct.copy(file.stored, key, metadata);
    else await this.storage.putFile(key, file.path, metadata);
    const { sha256, bytes, uploadId } = file;
    return {
      key,
      store: this.storage.name,
      ...(uploadId ? { uploadId } : {}),
      sha256,
      bytes,
      contentType,
      codec,
      bitrateKbps,
      sampleRateHz,
      channels,
    };
  }

  /**
   * Checks the checksum and brings the file into the form that is stored. A copy that the store has already is used
   * only if nothing had to be changed. Throws ChecksumMismatchError.
   */
  private async prepare(incoming: IncomingFile, file: ReceivedFile): Promise<ReceivedAudio> {
    const { name, uploadId, stored, sha256 } = incoming;
    if (sha256 && sha256 !== file.sha256) throw new ChecksumMismatchError();
    const bytes = await dropRepeatedHeaders(file.path);
    return { ...file, bytes, name, uploadId, stored: bytes === file.bytes ? stored : undefined };
  }

  /** Throws DuplicateError if a song other than `exceptSongId` was made from these bytes. */
  async refuseDuplicate(sha256: string, exceptSongId?: string): Promise<void> {
    const existing = await this.songs.findByBytes(sha256, exceptSongId);
    if (existing) throw new DuplicateError(existing.id, existing.title);
  }
}
