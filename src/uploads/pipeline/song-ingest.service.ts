import { Injectable, Logger } from '@nestjs/common';
import { Types } from 'mongoose';
import { ArtworkService } from '../../artwork/artwork.service.js';
import { ArtworkInvalidError } from '../../artwork/cover-rules.js';
import type { Artwork } from '../../artwork/artwork.schema.js';
import { AudioValidator } from '../../audio/audio-validator.service.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { isDuplicateKey } from '../../platform/mongo/duplicate-key.js';
import { isUnanswered } from '../../platform/mongo/unanswered-write.js';
import { songMedia } from '../../songs/media/song-media.js';
import { SongRepository, type NewSong } from '../../songs/song.repository.js';
import type { SongDocument } from '../../songs/song.schema.js';
import { TranscodeQueue } from '../../songs/queue/transcode-queue.service.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.service.js';
import { INGEST_GRACE_SECONDS, OriginalFiles } from './original-files.service.js';
import { chooseTags } from './song-tags.js';
import { TagReader } from './tag-reader.service.js';
import { isPermanentRejection } from './upload-errors.js';
import { UploadOutcomes } from './upload-outcomes.service.js';
import type { UploadSongInput } from './upload-song.input.js';
import { UploadSpool, type IncomingFile } from './upload-spool.service.js';

/** Makes a queued song of an incoming file, or rejects the file and leaves nothing behind. */
@Injectable()
export class SongIngestService {
  private readonly logger = new Logger(SongIngestService.name);

  constructor(
    private readonly songs: SongRepository,
    private readonly outcomes: UploadOutcomes,
    private readonly spool: UploadSpool,
    private readonly validator: AudioValidator,
    private readonly tagReader: TagReader,
    private readonly originals: OriginalFiles,
    private readonly artwork: ArtworkService,
    private readonly storage: MediaStorage,
    private readonly unreferenced: UnreferencedMedia,
    private readonly queue: TranscodeQueue,
  ) {}

  /** Throws the error that rejects the file: see upload-errors.ts and audio-errors.ts. */
  async ingest(incoming: IncomingFile, input: Partial<UploadSongInput>): Promise<SongDocument> {
    const { allowDuplicate = false } = input;
    // The id exists before the song does, so that all log lines from the first byte on carry it.
    const _id = new Types.ObjectId();
    const songId = _id.toString();
    return this.outcomes.counted(songId, async () => {
      await using file = await this.spool.receive(incoming);
      if (!allowDuplicate) await this.originals.refuseDuplicate(file.sha256);
      const facts = await this.validator.validate(file.path);
      const { cover, ...tags } = await this.tagReader.read(file.path);
      await this.unreferenced.beforeWrite(songId, [songMedia.all(songId)], INGEST_GRACE_SECONDS);
      let song: SongDocument;
      try {
        const key = songMedia.original(songId, file.sha256, facts.extension);
        const original = await this.originals.store(key, file, facts);
        const artwork = await this.storeCover(songId, cover);
        const { durationSeconds } = facts;
        const fields = { ...chooseTags(input, tags, file.name), original, artwork, durationSeconds };
        song = await this.create({ _id, ...fields, allowDuplicate });
      } catch (error) {
        await this.removeStoredFiles(songId, error);
        throw error;
      }
      // From here on the song exists, even if a later step fails.
      await this.queue.enqueue(songId, song.processing.jobId);
      this.logger.log(`song ${songId}: uploaded, ${song.original.bytes} bytes of ${song.original.codec}`);
      return song;
    });
  }

  /** An invalid embedded cover is left out; the song is still made. */
  private async storeCover(songId: string, picture: Uint8Array | undefined): Promise<Artwork | null> {
    if (!picture) return null;
    const cover = await this.artwork.make(picture).catch((error: unknown) => {
      if (!(error instanceof ArtworkInvalidError)) throw error;
      this.logger.warn(`song ${songId}: embedded cover not used: ${error.message}`);
      return null;
    });
    return cover && this.artwork.store(songMedia.artwork(songId, cover.sha256), cover);
  }

  private async create(song: NewSong): Promise<SongDocument> {
    try {
      return await this.songs.createQueued(song);
    } catch (error) {
      // Two uploads of the same bytes at the same time: the unique index admitted the other one.
      if (isDuplicateKey(error)) await this.originals.refuseDuplicate(song.original.sha256);
      throw error;
    }
  }

  /**
   * Removes the stored files at once, unless it is unknown whether the song was inserted: then the sweep decides when
   * the cleanup entry is due. The entry also stays where a PUT may still take effect.
   */
  private async removeStoredFiles(songId: string, error: unknown): Promise<void> {
    if (isUnanswered(error)) return;
    try {
      await this.storage.remove(songMedia.all(songId));
      if (isPermanentRejection(error)) await this.unreferenced.referenced(songMedia.all(songId));
    } catch (failure) {
      this.logger.warn(
        `song ${songId}: files could not be removed now, the sweep will retry: ${(failure as Error).message}`,
      );
    }
  }
}
