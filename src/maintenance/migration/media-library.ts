import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, QueryFilter } from 'mongoose';
import { AlbumMediaCleanup } from '../../albums/album-media-cleanup.js';
import { Album } from '../../albums/album.js';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { hlsAnswerKey } from '../../songs/media/song-media.js';
import { Song } from '../../songs/song.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';
import {
  albumOwner,
  albumsIn,
  songFlip,
  songOwner,
  songsIn,
  type AlbumRecord,
  type Owner,
  type OwnerKind,
  type SongRecord,
} from './owner.js';

const PAGE = 100;
const SONG_FIELDS = 'title original generations artwork';
const ALBUM_FIELDS = 'title artwork';

/** Whoever has media, read without what does not matter to a move; and the one update that is a move. */
@Injectable()
export class MediaLibrary {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly songCleanup: UnreferencedMedia,
    private readonly albumCleanup: AlbumMediaCleanup,
    private readonly cache: ReadThroughCache,
  ) {}

  async count(store: StoreName): Promise<number> {
    const [songs, albums] = await Promise.all([
      this.songs.countDocuments(songsIn(store)),
      this.albums.countDocuments(albumsIn(store)),
    ]);
    return songs + albums;
  }

  /** Everybody who has something in `store`, in the order of their age; what is added meanwhile included. */
  async *holders(store: StoreName): AsyncIterable<Owner> {
    for await (const { _id, ...record } of pages(this.albums, albumsIn(store), ALBUM_FIELDS))
      yield albumOwner(String(_id), record as unknown as AlbumRecord);
    for await (const { _id, ...record } of pages(this.songs, songsIn(store), SONG_FIELDS))
      yield songOwner(String(_id), record as unknown as SongRecord);
  }

  /** As it is now; null when it is gone. */
  async read(kind: OwnerKind, id: string): Promise<Owner | null> {
    if (kind === 'album') {
      const album = await this.albums.findById(id).select(ALBUM_FIELDS).lean();
      return album && albumOwner(id, album as unknown as AlbumRecord);
    }
    const song = await this.songs.findById(id).select(SONG_FIELDS).lean();
    return song && songOwner(id, song as unknown as SongRecord);
  }

  /** Before the first byte is copied and again and again until the last: nothing stays behind, whatever happens. */
  async watch(owner: Owner, parts: readonly MediaGroup[], graceSeconds: number): Promise<void> {
    const places = parts.map(({ at }) => at);
    if (owner.kind === 'song') await this.songCleanup.extend(owner.id, places, graceSeconds);
    else for (const at of places) await this.albumCleanup.extend(owner.id, at, graceSeconds);
  }

  /** The one moment at which the world is told. False when it no longer has what was copied. */
  async flip(owner: Owner, from: StoreName, to: StoreName): Promise<boolean> {
    if (owner.kind === 'album') {
      const { artwork } = owner.record;
      const { matchedCount } = await untilAnswered(() =>
        this.albums.updateOne(
          { _id: owner.id, 'artwork.prefix': artwork?.prefix },
          { $set: { 'artwork.store': to } },
          { timestamps: false },
        ),
      );
      return matchedCount === 1;
    }
    const { condition, update } = songFlip(owner.record as SongRecord, from, to);
    const { matchedCount } = await untilAnswered(() =>
      this.songs.updateOne({ ...condition, _id: owner.id }, update, { timestamps: false }),
    );
    // A crash just before costs nothing: a remembered answer leads to our own media door, which looks in both stores.
    if (matchedCount === 1) await this.cache.invalidate(hlsAnswerKey(owner.id));
    return matchedCount === 1;
  }
}

async function* pages<T>(
  model: Model<T>,
  condition: QueryFilter<T>,
  fields: string,
): AsyncIterable<Record<string, unknown>> {
  let last: unknown = null;
  for (;;) {
    const page = (await model
      .find((last ? { $and: [condition, { _id: { $gt: last } }] } : condition) as QueryFilter<T>)
      .sort({ _id: 1 })
      .limit(PAGE)
      .select(fields)
      .lean()) as unknown as Record<string, unknown>[];
    yield* page;
    if (page.length < PAGE) return;
    last = page.at(-1)?.['_id'];
  }
}
