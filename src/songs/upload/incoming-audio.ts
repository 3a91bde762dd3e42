import { Injectable } from '@nestjs/common';
import type { AudioFacts } from '../../audio/audio-facts.js';
import { AudioVerdict } from '../../audio/audio-verdict.js';
import { dropRepeatedHeaders } from '../../audio/repeated-headers.js';
import { BadInputError, DomainError } from '../../common/domain-error.js';
import type { FileUpload } from '../../common/upload.scalar.js';
import { Metrics } from '../../metrics/metrics.js';
import { IMMUTABLE } from '../../storage/immutable.js';
import { MediaStorage } from '../../storage/media-storage.js';
import type { Original } from '../original.js';
import { SongsService } from '../songs.service.js';
import { Reception, type ReceivedFile } from './reception.js';
import { DuplicateError } from './upload-errors.js';

/** Longest an intake can be under way before the sweep may take its files for orphans, seconds. */
export const INTAKE_GRACE_SECONDS = 3600;

/** What a new song and new audio of an old one have in common: reception, verdict, storing. */
@Injectable()
export class IncomingAudio {
  private readonly claimed = new WeakSet<FileUpload>();

  constructor(
    private readonly songs: SongsService,
    private readonly reception: Reception,
    private readonly verdict: AudioVerdict,
    private readonly storage: MediaStorage,
    private readonly metrics: Metrics,
  ) {}

  /** Hands the received file to `use`; counts how it ended. Throws what `use` throws, and see upload-errors.ts. */
  async receive<T>(upload: FileUpload, use: (file: ReceivedFile) => Promise<T>): Promise<T> {
    // N aliases of one upload would be N copies from one request.
    if (this.claimed.has(upload))
      throw new BadInputError('One file makes one song: this upload is used twice.');
    this.claimed.add(upload);
    try {
      const made = await this.reception.receive(
        () => upload.createReadStream(),
        async (file) => use({ ...file, bytes: await dropRepeatedHeaders(file.path) }),
      );
      this.metrics.uploadAccepted();
      return made;
    } catch (error) {
      this.metrics.uploadRefused(error instanceof DomainError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  /** Decodes it whole. Throws the verdict: see audio-errors.ts. */
  examine(file: ReceivedFile): Promise<AudioFacts> {
    return this.verdict.examine(file.path);
  }

  async store(key: string, file: ReceivedFile, facts: AudioFacts): Promise<Original> {
    const { contentType, codec, bitrateKbps, sampleRateHz, channels } = facts;
    await this.storage.putFile(key, file.path, { contentType, cacheControl: IMMUTABLE });
    const { sha256, bytes } = file;
    return {
      key,
      store: this.storage.name,
      sha256,
      bytes,
      contentType,
      codec,
      bitrateKbps,
      sampleRateHz,
      channels,
    };
  }

  /** Throws DuplicateError when a song (another than `exceptSongId`) was made of these bytes. */
  async refuseDuplicate(sha256: string, exceptSongId?: string): Promise<void> {
    const existing = await this.songs.findByBytes(sha256, exceptSongId);
    if (existing) throw new DuplicateError(existing.id, existing.title);
  }
}
