import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Artwork } from '../artwork/artwork.schema.js';
import { Config } from '../platform/config/config.js';
import type { StoreName } from '../platform/config/store-settings.js';
import { createOnce, untilAnswered } from '../platform/mongo/unanswered-write.js';
import { CdnPurgeQueue } from '../songs/media/cdn-purge-queue.service.js';
import { searchWordsOf } from '../songs/search-words.js';
import { SongRepository } from '../songs/song.repository.js';
import { Claim } from '../platform/scheduling/claim.js';
import { AlbumEvents } from './album-events.service.js';
import { AlbumMediaCleanup } from './album-media-cleanup.service.js';
import { albumMedia } from './album-media.js';
import { Album, type AlbumDocument } from './album.schema.js';

/** What an album is called, and who may see it. */
export type AlbumFacts = Pick<Album, 'title' | 'artist' | 'releaseDate' | 'genre' | 'state'>;

/** Far longer than a deletion takes, seconds. If its process dies, the sweep removes the media after this time. */
const DELETION_GRACE_SECONDS = 60;

const AFTER = { returnDocument: 'after' } as const;

/** The lock of an album's tracks expires, so that a killed process blocks the album no longer than this. */
const TRACK_LOCK = new Claim({ until: 'arrangedUntil', holder: 'arrangedBy' }, 30_000);

/**
 * The only writer of the collection of albums. Every change is one conditional update, and null or false means that the
 * album did not meet the condition. Cleanup list and CDN purge come before the update, the event comes after it.
 */
@Injectable()
export class AlbumRepository {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly songs: SongRepository,
    private readonly cleanup: AlbumMediaCleanup,
    private readonly purges: CdnPurgeQueue,
    private readonly events: AlbumEvents,
    private readonly config: Config,
  ) {}

  async create(facts: AlbumFacts): Promise<AlbumDocument> {
    const album = await createOnce(this.albums, { ...facts, searchWords: wordsOf(facts) });
    void this.events.changed(album.id as string);
    return album;
  }

  /** Changes facts. The search words derive from title and artist, which must still be as they were read. */
  async setFacts(before: AlbumDocument, facts: Partial<AlbumFacts>): Promise<AlbumDocument | null> {
    const { title, artist, state } = before;
    const searchWords = wordsOf({ title, artist, ...facts });
    const album = await untilAnswered(() =>
      this.albums.findOneAndUpdate(
        { _id: before._id, title, artist },
        { $set: { ...facts, searchWords } },
        AFTER,
      ),
    );
    if (album) void this.events.changed(before.id as string, state);
    return album;
  }

  /** Replaces the cover `before`; null stands for none. */
  async swapArtwork(
    id: string,
    before: Artwork | null,
    artwork: Artwork | null,
  ): Promise<AlbumDocument | null> {
    if (before) {
      await this.cleanup.beforeUnreference(id, before.prefix, this.config.MEDIA_GRACE_SECONDS);
      await this.purges.schedule(before.prefix);
    }
    const has = (cover: Artwork | null) => (cover ? { 'artwork.prefix': cover.prefix } : { artwork: null });
    const album = await untilAnswered(async (again) => {
      const swapped = await this.albums.findOneAndUpdate(
        { _id: id, ...has(before) },
        { $set: { artwork } },
        AFTER,
      );
      return swapped ?? (again ? this.albums.findOne({ _id: id, ...has(artwork) }) : null);
    });
    if (album) void this.events.changed(id);
    return album;
  }

  /** Deletes the album, takes its songs off it, and has its media removed. */
  async delete({ id, state }: Pick<AlbumDocument, 'id' | 'state'>): Promise<void> {
    // The first entry is not due yet: a sweep before the deletion would find the album and discard the entry.
    await this.cleanup.beforeUnreference(id, albumMedia.all(id), DELETION_GRACE_SECONDS);
    await this.purges.schedule(albumMedia.all(id));
    await untilAnswered(() => this.albums.deleteOne({ _id: id }));
    await this.cleanup.beforeUnreference(id, albumMedia.all(id), 0);
    await this.songs.clearAlbum(id);
    void this.events.removed(id, state);
  }

  /** Records that this cover was moved to the store `to`, if the album still has it. */
  async moveStore(id: string, { artwork }: Pick<Album, 'artwork'>, to: StoreName): Promise<boolean> {
    const { matchedCount } = await untilAnswered(() =>
      this.albums.updateOne(
        { _id: id, 'artwork.prefix': artwork?.prefix },
        { $set: { 'artwork.store': to } },
        { timestamps: false },
      ),
    );
    return matchedCount === 1;
  }

  /** Takes the lock of the track list for `holder`, unless another one holds it at the time `now`. */
  async lockTracks(id: string, holder: string, now: Date): Promise<boolean> {
    const { matchedCount } = await this.albums.updateOne(
      { _id: id, ...TRACK_LOCK.free(now) },
      { $set: TRACK_LOCK.taken(now, holder) },
    );
    return matchedCount === 1;
  }

  /** Does nothing if the lock has expired and is another one's. */
  async unlockTracks(id: string, holder: string): Promise<void> {
    await this.albums.updateOne({ _id: id, ...TRACK_LOCK.heldBy(holder) }, { $set: TRACK_LOCK.released });
  }
}

function wordsOf({ title, artist }: Pick<Album, 'title' | 'artist'>): string[] {
  return searchWordsOf({ title, artist, albumTitle: null });
}
