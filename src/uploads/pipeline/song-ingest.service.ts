import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ArtworkService } from '../../artwork/artwork.service.js';
import { ArtworkInvalidError } from '../../artwork/cover-rules.js';
import type { Artwork } from '../../artwork/artwork.schema.js';
import type { AudioFacts } from '../../audio/audio-facts.js';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import { withLogContext } from '../../platform/logging/log-context.js';
import { EventBus } from '../../events/event-bus.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { isDuplicateKey } from '../../platform/mongo/duplicate-key.js';
import { createOnce, isUnanswered } from '../../platform/mongo/unanswered-write.js';
import { ProcessingState } from '../../songs/processing/processing.schema.js';
import { searchWordsOf } from '../../songs/search-words.js';
import { songMedia } from '../../songs/media/song-media.js';
import { Song, type SongDocument } from '../../songs/song.schema.js';
import { newJobId, TranscodeQueue } from '../../songs/queue/transcode-queue.service.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.service.js';
import { AudioIngest, INGEST_GRACE_SECONDS, type ReceivedAudio } from './audio-ingest.service.js';
import type { IncomingFile } from './incoming-file.js';
import { chooseTags } from './song-tags.js';
import { TagReader, type Tags } from './tag-reader.service.js';
import { isPermanentRejection } from './upload-errors.js';
import type { UploadSongInput } from './upload-song.input.js';

/** Makes a queued song of an incoming file, or rejects the file and leaves nothing behind. */
@Injectable()
export class SongIngestService {
  private readonly logger = new Logger(SongIngestService.name);

  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly audioIngest: AudioIngest,
    private readonly tagReader: TagReader,
    private readonly artwork: ArtworkService,
    private readonly storage: MediaStorage,
    private readonly unreferenced: UnreferencedMedia,
    private readonly queue: TranscodeQueue,
    private readonly eventBus: EventBus,
  ) {}

  /** Throws the error that rejects the file: see upload-errors.ts and audio-errors.ts. */
  async ingest(incoming: IncomingFile, input: Partial<UploadSongInput>): Promise<SongDocument> {
    // The id exists before the song does, so that all log lines from the first byte on carry it.
    const id = new Types.ObjectId();
    return withLogContext({ songId: id.toString() }, () =>
      this.audioIngest.withReceivedAudio(incoming, async (file) => {
        const song = await this.admit(id, file, input);
        this.logger.log(`song ${song.id}: uploaded, ${song.original.bytes} bytes of ${song.original.codec}`);
        return song;
      }),
    );
  }

  private async admit(
    id: Types.ObjectId,
    file: ReceivedAudio,
    input: Partial<UploadSongInput>,
  ): Promise<SongDocument> {
    if (!input.allowDuplicate) await this.audioIngest.refuseDuplicate(file.sha256);
    const facts = await this.audioIngest.validate(file);
    const tags = await this.tagReader.read(file.path);
    const songId = id.toString();
    await this.unreferenced.beforeWrite(songId, [songMedia.all(songId)], INGEST_GRACE_SECONDS);
    let song: SongDocument;
    try {
      const key = songMedia.original(songId, file.sha256, facts.extension);
      const original = await this.audioIngest.store(key, file, facts);
      const artwork = await this.storeCover(songId, tags);
      const named = chooseTags(input, tags, file.name);
      song = await this.create(id, file, input, { original, artwork, tags: named, facts });
    } catch (error) {
      await this.removeStoredFiles(songId, error);
      throw error;
    }
    // From here on the song exists, even if a later step fails.
    await this.unreferenced.referenced(songMedia.all(songId));
    void this.eventBus.publish({ type: 'song.uploaded', songId });
    await this.queue.enqueue(songId, song.processing.jobId);
    return song;
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

  /** An invalid embedded cover is left out; the song is still made. */
  private async storeCover(songId: string, tags: Tags): Promise<Artwork | null> {
    if (!tags.cover) return null;
    const cover = await this.artwork.make(tags.cover).catch((error: unknown) => {
      if (!(error instanceof ArtworkInvalidError)) throw error;
      this.logger.warn(`song ${songId}: embedded cover not used: ${error.message}`);
      return null;
    });
    return cover && this.artwork.store(songMedia.artwork(songId, cover.sha256), cover);
  }

  private async create(
    id: Types.ObjectId,
    file: ReceivedAudio,
    input: Partial<UploadSongInput>,
    made: {
      original: Song['original'];
      artwork: Artwork | null;
      tags: ReturnType<typeof chooseTags>;
      facts: AudioFacts;
    },
  ): Promise<SongDocument> {
    try {
      return await createOnce(this.model, {
        _id: id,
        ...made.tags,
        original: made.original,
        artwork: made.artwork,
        durationSeconds: made.facts.durationSeconds,
        searchWords: searchWordsOf(made.tags),
        ...(input.allowDuplicate ? {} : { uniqueSha256: file.sha256 }),
        processing: {
          state: ProcessingState.QUEUED,
          percent: 0,
          attempt: 1,
          queuedAt: databaseTime(),
          jobId: newJobId(id.toString()),
        },
      });
    } catch (error) {
      // Two uploads of the same bytes at the same time: the unique index admitted the other one.
      if (isDuplicateKey(error)) await this.audioIngest.refuseDuplicate(file.sha256);
      throw error;
    }
  }
}
