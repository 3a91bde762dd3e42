import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ArtworkService } from '../../artwork/artwork.service.js';
import type { Artwork } from '../../artwork/artwork.js';
import type { AudioFacts } from '../../audio/audio-facts.js';
import { AudioVerdict } from '../../audio/audio-verdict.js';
import { BadInputError, DomainError } from '../../common/domain-error.js';
import type { FileUpload } from '../../common/upload.scalar.js';
import { Metrics } from '../../metrics/metrics.js';
import { NewsWire } from '../../realtime/news.js';
import { IMMUTABLE } from '../../storage/immutable.js';
import { MediaStorage } from '../../storage/media-storage.js';
import { ProcessingState } from '../processing.js';
import { searchWordsOf } from '../search-words.js';
import { songMedia } from '../song-media.js';
import { Song, type SongDocument } from '../song.js';
import { SongsService } from '../songs.service.js';
import { newJobId, TranscodeQueue } from '../transcode-queue.js';
import { UnreferencedMedia } from '../unreferenced-media.js';
import { Reception, type ReceivedFile } from './reception.js';
import { chooseTags } from './song-tags.js';
import { TagReader, type Tags } from './tags.js';
import { DuplicateError } from './upload-errors.js';
import type { UploadSongInput } from './upload-song.input.js';

/** Longest an intake can be under way before the sweep may take its files for orphans, seconds. */
const INTAKE_GRACE_SECONDS = 6 * 3600;
const DUPLICATE_KEY = 11_000;

/** From a stream to a queued song; or to a clear refusal that leaves nothing behind. */
@Injectable()
export class IntakeService {
  private readonly logger = new Logger(IntakeService.name);
  private readonly claimed = new WeakSet<FileUpload>();

  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly songs: SongsService,
    private readonly reception: Reception,
    private readonly verdict: AudioVerdict,
    private readonly tagReader: TagReader,
    private readonly artwork: ArtworkService,
    private readonly storage: MediaStorage,
    private readonly unreferenced: UnreferencedMedia,
    private readonly queue: TranscodeQueue,
    private readonly metrics: Metrics,
    private readonly news: NewsWire,
  ) {}

  /** Throws the verdict: see upload-errors.ts and audio-errors.ts. */
  async take(upload: FileUpload, input: Partial<UploadSongInput>): Promise<SongDocument> {
    // N aliases of one upload would be N copies from one request.
    if (this.claimed.has(upload))
      throw new BadInputError('One file makes one song: this upload is used twice.');
    this.claimed.add(upload);
    try {
      const song = await this.reception.receive(
        () => upload.createReadStream(),
        (file) => this.admit(file, input, upload.filename ?? ''),
      );
      this.metrics.uploadAccepted();
      this.logger.log(`song ${song.id}: uploaded, ${song.original.bytes} bytes of ${song.original.codec}`);
      return song;
    } catch (error) {
      this.metrics.uploadRefused(error instanceof DomainError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  private async admit(
    file: ReceivedFile,
    input: Partial<UploadSongInput>,
    fileName: string,
  ): Promise<SongDocument> {
    if (!input.allowDuplicate) await this.refuseDuplicate(file.sha256);
    const facts = await this.verdict.examine(file.path);
    const tags = await this.tagReader.read(file.path);
    const id = new Types.ObjectId();
    const songId = id.toString();
    await this.unreferenced.enter(songId, [songMedia.all(songId)], INTAKE_GRACE_SECONDS);
    try {
      const original = await this.storeOriginal(songId, file, facts);
      const artwork = await this.storeCover(songId, tags);
      const song = await this.create(id, file, input, {
        original,
        artwork,
        tags: chooseTags(input, tags, fileName),
        facts,
      });
      await this.unreferenced.drop(songMedia.all(songId));
      void this.news.tell({ type: 'song.uploaded', songId });
      await this.queue.order(songId, song.processing.jobId);
      return song;
    } catch (error) {
      await this.storage.remove(songMedia.all(songId)).then(
        () => this.unreferenced.drop(songMedia.all(songId)),
        (e: Error) => this.logger.warn(`song ${songId}: leftovers stay for the sweep: ${e.message}`),
      );
      throw error;
    }
  }

  private async storeOriginal(
    songId: string,
    file: ReceivedFile,
    facts: AudioFacts,
  ): Promise<Song['original']> {
    const key = songMedia.original(songId, file.sha256, facts.extension);
    await this.storage.putFile(key, file.path, { contentType: facts.contentType, cacheControl: IMMUTABLE });
    const { contentType, codec, bitrateKbps, sampleRateHz, channels } = facts;
    return {
      key,
      sha256: file.sha256,
      bytes: file.bytes,
      contentType,
      codec,
      bitrateKbps,
      sampleRateHz,
      channels,
    };
  }

  /** A cover that is no picture costs the cover, not the song. */
  private async storeCover(songId: string, tags: Tags): Promise<Artwork | null> {
    if (!tags.cover) return null;
    try {
      const cover = await this.artwork.make(tags.cover);
      return await this.artwork.store(songMedia.artwork(songId, cover.sha256), cover);
    } catch (error) {
      this.logger.warn(`song ${songId}: embedded cover not used: ${(error as Error).message}`);
      return null;
    }
  }

  private async create(
    id: Types.ObjectId,
    file: ReceivedFile,
    input: Partial<UploadSongInput>,
    made: {
      original: Song['original'];
      artwork: Artwork | null;
      tags: ReturnType<typeof chooseTags>;
      facts: AudioFacts;
    },
  ): Promise<SongDocument> {
    try {
      return await this.model.create({
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
          queuedAt: new Date(),
          jobId: newJobId(id.toString()),
        },
      });
    } catch (error) {
      // Two uploads of the same bytes at the same moment: the unique index let one through.
      if ((error as { code?: unknown }).code === DUPLICATE_KEY) await this.refuseDuplicate(file.sha256);
      throw error;
    }
  }

  private async refuseDuplicate(sha256: string): Promise<void> {
    const existing = await this.songs.findByBytes(sha256);
    if (existing) throw new DuplicateError(existing.id, existing.title);
  }
}
