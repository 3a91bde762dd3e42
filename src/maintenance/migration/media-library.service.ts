import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, QueryFilter } from 'mongoose';
import { AlbumMediaCleanup } from '../../albums/album-media-cleanup.service.js';
import { AlbumRepository } from '../../albums/album.repository.js';
import { Album } from '../../albums/album.schema.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { SongRepository } from '../../songs/song.repository.js';
import { Song } from '../../songs/song.schema.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.service.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';
import {
  albumOwner,
  albumsIn,
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

/** Reads songs and albums with the fields that a migration needs, and switches them to another store. */
@Injectable()
export class MediaLibrary {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly songCleanup: UnreferencedMedia,
    private readonly albumCleanup: AlbumMediaCleanup,
    private readonly songRepository: SongRepository,
    private readonly albumRepository: AlbumRepository,
  ) {}

  async count(store: StoreName): Promise<number> {
    const [songs, albums] = await Promise.all([
      this.songs.countDocuments(songsIn(store)),
      this.albums.countDocuments(albumsIn(store)),
    ]);
    return songs + albums;
  }

  /** Yields all owners of media in `store`, albums first, oldest first, including those added meanwhile. */
  async *holders(store: StoreName): AsyncIterable<Owner> {
    for await (const { _id, ...record } of pages(this.albums, albumsIn(store), ALBUM_FIELDS))
      yield albumOwner(String(_id), record as unknown as AlbumRecord);
    for await (const { _id, ...record } of pages(this.songs, songsIn(store), SONG_FIELDS))
      yield songOwner(String(_id), record as unknown as SongRecord);
  }

  /** Reads the current version of an owner; null if it was deleted. */
  async read(kind: OwnerKind, id: string): Promise<Owner | null> {
    if (kind === 'album') {
      const album = await this.albums.findById(id).select(ALBUM_FIELDS).lean();
      return album && albumOwner(id, album as unknown as AlbumRecord);
    }
    const song = await this.songs.findById(id).select(SONG_FIELDS).lean();
    return song && songOwner(id, song as unknown as SongRecord);
  }

  /**
   * Enters the copies into the cleanup list, so that they are removed if the migration dies. Call it before the first
   * byte is copied and repeatedly until the last.
   */
  async extendCleanup(owner: Owner, parts: readonly MediaGroup[], graceSeconds: number): Promise<void> {
    const places = parts.map(({ at }) => at);
    if (owner.kind === 'song') await this.songCleanup.extend(owner.id, places, graceSeconds);
    else for (const at of places) await this.albumCleanup.extend(owner.id, at, graceSeconds);
  }

  /** Switches an owner to the new store in one update. Resolves to false if its media is no longer what was copied. */
  switchStore({ kind, id, record }: Owner, from: StoreName, to: StoreName): Promise<boolean> {
    return kind === 'album'
      ? this.albumRepository.moveStore(id, record as AlbumRecord, to)
      : this.songRepository.moveStore(id, record as SongRecord, from, to);
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
