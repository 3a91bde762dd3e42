import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model, type QueryFilter, type UpdateQuery } from 'mongoose';
import type { Artwork } from '../artwork/artwork.schema.js';
import type { StoreName } from '../platform/config/store-settings.js';
import { createOnce, untilAnswered } from '../platform/mongo/unanswered-write.js';
import type { Original } from './original.schema.js';
import {
  finishedRun,
  isHeard,
  newRun,
  owned,
  processingFields,
  type Attempt,
  type SongTransition,
} from './processing/attempt.js';
import type { Generation } from './processing/generation.schema.js';
import type { Processing } from './processing/processing.schema.js';
import { newJobId } from './queue/transcode-queue.service.js';
import { searchWordsOf, type Searchable } from './search-words.js';
import { storeSwitch, type SongMedia } from './song-parts.js';
import { SongSideEffects } from './song-side-effects.service.js';
import { Song, type SongDocument } from './song.schema.js';
import type { EditableTags } from './update-song.input.js';

export interface NewSong extends EditableTags, Pick<Song, 'original' | 'artwork' | 'durationSeconds'> {
  _id: Types.ObjectId;
  /** Whether another song may have the same bytes. */
  allowDuplicate: boolean;
}

/** A song and its place on an album. */
export interface AlbumTrack {
  songId: string;
  discNumber: number;
  trackNumber: number;
}

/** The fields of a song from which a search finds it, and by which it is found. */
export type SearchableSong = Searchable & Pick<SongDocument, '_id' | 'searchWords'>;

const AFTER = { returnDocument: 'after' } as const;

/**
 * The only writer of the collection of songs, with one method a transition. Each is one conditional update, so of two
 * simultaneous ones only one succeeds; null or false means that the song did not meet the condition. SongSideEffects
 * does what has to come before and after.
 */
@Injectable()
export class SongRepository {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly effects: SongSideEffects,
  ) {}

  /**
   * Creates a song that waits for a worker; then enqueue its `processing.jobId`. Its files must be stored, and in the
   * cleanup list. Rejects with the database's error for a duplicate key: the bytes or the upload.
   */
  async createQueued({ allowDuplicate, ...fields }: NewSong): Promise<SongDocument> {
    const song = await createOnce(this.songs, {
      ...fields,
      searchWords: searchWordsOf(fields),
      ...(allowDuplicate ? {} : { uniqueSha256: fields.original.sha256 }),
      processing: newRun(newJobId(fields._id.toString())),
    });
    await this.effects.created(song.id);
    return song;
  }

  /** For SongLifecycle and SongRemedies, which decide what state follows which. */
  async transition({ songId, condition, set, nextAttempt, trace }: SongTransition) {
    const heard = isHeard(set);
    const update = { $set: set, ...(nextAttempt && { $inc: { 'processing.attempt': 1 } }) };
    const song = await this.change(songId, condition, update, trace).catch(async (error: unknown) => {
      // The update may have been executed, or may still be.
      if (heard) await this.effects.invalidate(songId);
      throw error;
    });
    if (!song) return null;
    if (heard) await this.effects.invalidate(songId);
    if ('processing.state' in set) this.effects.ran(song);
    if (heard || 'processing.queuedAt' in set) this.effects.changed(songId);
    return song;
  }

  /** Not repeated when its reply is lost, because the next heartbeat is newer. */
  async recordHeartbeat(attempt: Attempt, percent: number, encoded: Processing['encoded']): Promise<boolean> {
    const $set = { 'processing.percent': percent, 'processing.encoded': encoded };
    const update = { $set, $currentDate: { 'processing.heartbeatAt': true } } as const;
    const song = await this.songs.findOneAndUpdate(owned(attempt), update, AFTER);
    if (song) this.effects.ran(song);
    return song !== null;
  }

  /** Makes the attempt's generation the one that listeners get, and drops `retired`: all but the newest `keep`. */
  async publish(attempt: Attempt, generation: Generation, keep: number, retired: string[]): Promise<boolean> {
    const { songId, attemptId } = attempt;
    await this.effects.beforeDropping(songId, retired);
    const update = {
      $set: { ...processingFields(finishedRun(generation)), publishedGeneration: generation.id },
      $push: { generations: { $each: [generation], $slice: -keep } },
    };
    const song = await this.change(songId, owned(attempt), update, { 'generations.id': attemptId });
    if (song) await this.effects.published(attempt);
    return song !== null;
  }

  /** Whether the attempt's generation is kept; then makes up for what follows a publication whose reply was lost. */
  async hasPublished(attempt: Attempt): Promise<boolean> {
    const { songId, attemptId } = attempt;
    const song = await this.songs.exists({ _id: songId, 'generations.id': attemptId });
    if (song) await this.effects.published(attempt);
    return song !== null;
  }

  /** Drops generations, unless one of them is published. */
  async dropGenerations(songId: string, ids: readonly string[]): Promise<boolean> {
    await this.effects.beforeDropping(songId, ids);
    const { modifiedCount } = await this.songs.updateOne(
      { _id: songId, publishedGeneration: { $nin: ids } },
      { $pull: { generations: { id: { $in: ids } } } },
    );
    return modifiedCount === 1;
  }

  /**
   * Replaces the original with the key `before` and ends the attempt that transcodes it; then enqueue the song's
   * `processing.jobId`. Rejects with the database's error for a duplicate key.
   */
  async swapOriginal(songId: string, before: string, original: Original, durationSeconds: number) {
    await this.effects.beforeReplacing(songId, before);
    const run = processingFields(newRun(newJobId(songId)));
    const song = await this.transition({
      songId,
      condition: { 'original.key': before },
      set: { ...run, original, durationSeconds, uniqueSha256: original.sha256 },
      trace: { 'original.key': original.key },
    });
    if (song) await this.effects.referenced(original.key);
    return song;
  }

  /** Replaces the cover `before`; null stands for none. */
  async swapArtwork(songId: string, before: Artwork | null, artwork: Artwork | null) {
    if (before) await this.effects.beforeReplacing(songId, before.prefix);
    const has = (cover: Artwork | null) => (cover ? { 'artwork.prefix': cover.prefix } : { artwork: null });
    const song = await this.change(songId, has(before), { $set: { artwork } }, has(artwork));
    if (song) this.effects.changed(songId);
    if (song && artwork) await this.effects.referenced(artwork.prefix);
    return song;
  }

  /** Changes tags. The search words derive from three of them, which must still be as they were read. */
  setTags({ id, title, artist, albumTitle }: SongDocument, tags: Partial<EditableTags>) {
    const searchWords = searchWordsOf({ title, artist, albumTitle, ...tags });
    return this.edit(id, { title, artist, albumTitle }, { ...tags, searchWords });
  }

  /** Puts a song on an album and so takes it off another, or moves it within the same one. */
  placeOnAlbum(songId: string, albumId: string, place: Pick<Song, 'discNumber' | 'trackNumber'>) {
    return this.edit(songId, {}, { ...place, albumId: new Types.ObjectId(albumId) });
  }

  /** Like `placeOnAlbum`, for many songs and without an event of each. Songs that do not exist are left out. */
  async placeTracks(albumId: string, tracks: readonly AlbumTrack[]): Promise<void> {
    if (tracks.length === 0) return;
    const writes = tracks.map(({ songId, discNumber, trackNumber }) => ({
      updateOne: {
        filter: { _id: new Types.ObjectId(songId) },
        update: { $set: { albumId: new Types.ObjectId(albumId), discNumber, trackNumber } },
      },
    }));
    await this.songs.bulkWrite(writes, { ordered: false });
  }

  /** Null if the song is not on this album. */
  takeOffAlbum(songId: string, albumId: string): Promise<SongDocument | null> {
    return this.edit(songId, { albumId }, { albumId: null });
  }

  /** Takes all songs off an album except these, without an event of each. */
  async clearAlbum(albumId: string, exceptSongIds: readonly string[] = []): Promise<void> {
    const others = exceptSongIds.length > 0 ? { _id: { $nin: exceptSongIds } } : {};
    await this.songs.updateMany({ albumId, ...others }, { $set: { albumId: null } });
  }

  /** Records that media was moved to the store `to`, if the song still has exactly this media. */
  async moveStore(songId: string, media: SongMedia, from: StoreName, to: StoreName): Promise<boolean> {
    const { condition, update } = storeSwitch(media, from, to);
    const { matchedCount } = await untilAnswered(() =>
      this.songs.updateOne({ ...condition, _id: songId }, update, { timestamps: false }),
    );
    // A crash before this line is harmless: cached URLs lead to our media endpoint, which reads from both stores.
    if (matchedCount === 1) await this.effects.invalidate(songId);
    return matchedCount === 1;
  }

  /** Stores these search words, in one command, of the songs whose tags are still as they were read. */
  async refreshSearchWords(songs: readonly SearchableSong[]): Promise<void> {
    const writes = songs.map(({ _id, title, artist, albumTitle, searchWords }) => ({
      updateOne: { filter: { _id, title, artist, albumTitle }, update: { $set: { searchWords } } },
    }));
    if (writes.length > 0) await this.songs.bulkWrite(writes, { ordered: false, timestamps: false });
  }

  /** Records that the song's original also came by this upload, so that later calls with its id find the song. */
  async recordUpload({ _id, original }: SongDocument, uploadId: string): Promise<void> {
    const condition = { _id, 'original.key': original.key };
    await untilAnswered(() => this.songs.updateOne(condition, { $set: { 'original.uploadId': uploadId } }));
  }

  /** Deletes the song; its files are in the cleanup list then. */
  async delete(songId: string): Promise<void> {
    await this.effects.beforeDeleting(songId);
    try {
      await untilAnswered(() => this.songs.deleteOne({ _id: songId }));
    } finally {
      await this.effects.invalidate(songId);
    }
    this.effects.deleted(songId);
  }

  private change(
    songId: string,
    condition: QueryFilter<Song>,
    update: UpdateQuery<Song>,
    trace: QueryFilter<Song>,
  ) {
    return untilAnswered(async (again) => {
      const changed = await this.songs.findOneAndUpdate({ ...condition, _id: songId }, update, AFTER);
      return changed ?? (again ? this.songs.findOne({ ...trace, _id: songId }) : null);
    });
  }

  private async edit(songId: string, condition: QueryFilter<Song>, fields: Partial<Song>) {
    const song = await this.songs.findOneAndUpdate({ ...condition, _id: songId }, { $set: fields }, AFTER);
    if (song) this.effects.changed(songId);
    return song;
  }
}
