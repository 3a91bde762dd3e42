import { createHash, randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { AudioFacts } from '../../audio/audio-facts.js';
import { AudioValidator } from '../../audio/audio-validator.service.js';
import { ConflictError } from '../../platform/errors/domain-error.js';
import { isDuplicateKey } from '../../platform/mongo/duplicate-key.js';
import { untilUnchanged } from '../../platform/mongo/until-unchanged.js';
import type { Original } from '../../songs/original.schema.js';
import { songMedia } from '../../songs/media/song-media.js';
import { SongLifecycle } from '../../songs/processing/song-lifecycle.service.js';
import { SongRepository } from '../../songs/song.repository.js';
import type { SongDocument } from '../../songs/song.schema.js';
import { SongsService } from '../../songs/songs.service.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.service.js';
import { INGEST_GRACE_SECONDS, OriginalFiles } from './original-files.service.js';
import { isPermanentRejection } from './upload-errors.js';
import { UploadOutcomes } from './upload-outcomes.service.js';
import { UploadSpool, type IncomingFile, type SpooledFile } from './upload-spool.service.js';

/** Replaces the audio of a song; id, tags, cover, album, plays and playlist entries stay. */
@Injectable()
export class AudioReplacement {
  private readonly logger = new Logger(AudioReplacement.name);

  constructor(
    private readonly songs: SongsService,
    private readonly repository: SongRepository,
    private readonly outcomes: UploadOutcomes,
    private readonly spool: UploadSpool,
    private readonly validator: AudioValidator,
    private readonly originals: OriginalFiles,
    private readonly lifecycle: SongLifecycle,
    private readonly unreferenced: UnreferencedMedia,
  ) {}

  /** Throws NotFoundError, ConflictError, or the error that rejects the file; the song is unchanged then. */
  async replace(songId: string, incoming: IncomingFile): Promise<SongDocument> {
    await this.songs.get(songId);
    return this.outcomes.counted(songId, async () => {
      await using file = await this.spool.receive(incoming);
      const song = await this.songs.get(songId);
      // The same bytes again: there is nothing to replace, and this is not an error.
      if (song.original.sha256 === file.sha256) {
        if (file.uploadId) await this.repository.recordUpload(song, file.uploadId);
        return song;
      }
      await this.originals.refuseDuplicate(file.sha256, songId);
      const facts = await this.validator.validate(file.path);
      const key = newKey(songId, file, facts);
      await this.unreferenced.beforeWrite(songId, [key], INGEST_GRACE_SECONDS);
      try {
        const original = await this.originals.store(key, file, facts);
        const replaced = await this.swap(songId, original, facts.durationSeconds);
        await this.lifecycle.enqueue(replaced);
        this.logger.log(`song ${songId}: audio replaced by ${original.bytes} bytes of ${original.codec}`);
        return replaced;
      } catch (error) {
        await this.discard(songId, key, error);
        throw error;
      }
    });
  }

  /** If the update or a PUT may still take effect, the cleanup entry stays: the sweep checks the song later. */
  private async discard(songId: string, key: string, error: unknown): Promise<void> {
    if (isPermanentRejection(error) || error instanceof ConflictError)
      await this.unreferenced.beforeUnreference(songId, [key], 0).catch(() => undefined);
  }

  /** A single update sets the new original and ends the attempt that transcodes the old one. Throws ConflictError. */
  private async swap(songId: string, original: Original, durationSeconds: number): Promise<SongDocument> {
    const replaced = await untilUnchanged(async () => {
      const before = (await this.songs.get(songId)).original.key;
      return this.repository
        .swapOriginal(songId, before, original, durationSeconds)
        .catch(async (error: unknown) => {
          if (isDuplicateKey(error)) await this.originals.refuseDuplicate(original.sha256, songId);
          throw error;
        });
    });
    if (!replaced)
      throw new ConflictError('The audio was replaced by someone else at the same time. Try again.');
    return replaced;
  }
}

/** Never a key that the song had before: the sweep may be about to remove it. */
function newKey(songId: string, { sha256 }: SpooledFile, { extension }: AudioFacts): string {
  const name = createHash('sha256').update(sha256).update(randomUUID()).digest('hex');
  return songMedia.original(songId, name, extension);
}
