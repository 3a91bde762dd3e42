import { Injectable } from '@nestjs/common';
import type { AudioFacts } from '../../audio/audio-facts.js';
import { IMMUTABLE, MediaStorage } from '../../platform/storage/media-storage.js';
import type { Original } from '../../songs/original.schema.js';
import { SongsService } from '../../songs/songs.service.js';
import type { SpooledFile } from './upload-spool.service.js';
import { DuplicateError } from './upload-errors.js';

/** How long an ingest may take before the sweep may treat its files as orphans, seconds. */
export const INGEST_GRACE_SECONDS = 3600;

/** The files from which songs are made, for new songs and for new audio of existing ones. */
@Injectable()
export class OriginalFiles {
  constructor(
    private readonly songs: SongsService,
    private readonly storage: MediaStorage,
  ) {}

  /** Throws DuplicateError if a song other than `exceptSongId` was made from these bytes. */
  async refuseDuplicate(sha256: string, exceptSongId?: string): Promise<void> {
    const existing = await this.songs.findByBytes(sha256, exceptSongId);
    if (existing) throw new DuplicateError(existing.id, existing.title);
  }

  /** Stores a validated file under `key`, which must be in the cleanup list. */
  async store(key: string, file: SpooledFile, facts: AudioFacts): Promise<Original> {
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
}
