import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, Types } from 'mongoose';
import { BadInputError, NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { SongRepository, type AlbumTrack } from '../songs/song.repository.js';
import { Song, type SongDocument } from '../songs/song.schema.js';
import { AlbumEvents } from './album-events.service.js';
import { Album } from './album.schema.js';
import { AlbumTrackLock } from './album-track-lock.service.js';
import { checkedTracks, checkPlace, MAX_TRACKS } from './track-list.js';

/**
 * Edits the track lists of albums. The song document holds its album and position: moving a song is one update of one
 * document, so concurrent edits cannot leave it on two albums.
 */
@Injectable()
export class AlbumTracks {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly repository: SongRepository,
    private readonly lock: AlbumTrackLock,
    private readonly events: AlbumEvents,
  ) {}

  /** Replaces the track list of an album. Throws NotFoundError, BadInputError, ConflictError. */
  async set(albumId: string, tracks: readonly AlbumTrack[]): Promise<void> {
    const wanted = checkedTracks(tracks);
    const id = checkedId('Album', albumId);
    const songIds = wanted.map(({ songId }) => songId);
    const known = await this.songs.find({ _id: { $in: songIds } }, { _id: 1 }).lean();
    if (known.length < songIds.length) {
      const there = new Set(known.map(({ _id }) => String(_id)));
      throw new NotFoundError(
        'Song',
        songIds.find((songId) => !there.has(songId)),
      );
    }
    const albumExists = await this.lock.withLock(id, async () => {
      await this.repository.placeTracks(id, wanted);
      await this.repository.clearAlbum(id, songIds);
    });
    if (!albumExists) await this.failDeleted(id);
    void this.events.tracksSet(id);
  }

  /** Puts a song on an album, or elsewhere on the same one. Throws NotFoundError, BadInputError. */
  async move(
    songId: string,
    albumId: string,
    place: { discNumber?: number | null; trackNumber?: number | null },
  ): Promise<SongDocument> {
    checkPlace(place);
    const id = checkedId('Album', albumId);
    const song = await this.songs.findById(checkedId('Song', songId));
    if (!song) throw new NotFoundError('Song', songId);
    if (!(await this.albums.exists({ _id: id }))) throw new NotFoundError('Album', id);
    const isOnIt = String(song.albumId) === id;
    if (!isOnIt && (await this.songs.countDocuments({ albumId: id })) >= MAX_TRACKS)
      throw new BadInputError(`This album has ${MAX_TRACKS} tracks already, as many as an album can.`);
    const discNumber = place.discNumber ?? song.discNumber ?? 1;
    const trackNumber = place.trackNumber ?? song.trackNumber ?? (await this.lastOn(id, discNumber)) + 1;
    const moved = await this.repository.placeOnAlbum(songId, id, { discNumber, trackNumber });
    if (!moved) throw new NotFoundError('Song', songId);
    // The album may have been deleted meanwhile, by a call that detached its songs before this one was added.
    if (!(await this.albums.exists({ _id: id }))) await this.failDeleted(id);
    this.publishChange(id, song.albumId);
    return moved;
  }

  /** Takes a song off this album; does nothing if the song is not on it. Throws NotFoundError. */
  async remove(songId: string, albumId: string): Promise<SongDocument> {
    const id = checkedId('Album', albumId);
    const taken = await this.repository.takeOffAlbum(checkedId('Song', songId), id);
    if (taken) this.publishChange(id);
    const song = taken ?? (await this.songs.findById(songId));
    if (!song) throw new NotFoundError('Song', songId);
    return song;
  }

  private async lastOn(albumId: string, discNumber: number): Promise<number> {
    const last = await this.songs
      .findOne({ albumId, discNumber }, { trackNumber: 1 })
      .sort({ trackNumber: -1 });
    return last?.trackNumber ?? 0;
  }

  /** Detaches songs that were put on a deleted album. Always throws NotFoundError. */
  private async failDeleted(albumId: string): Promise<never> {
    await this.repository.clearAlbum(albumId);
    throw new NotFoundError('Album', albumId);
  }

  private publishChange(...albums: (Types.ObjectId | string | null)[]): void {
    for (const albumId of new Set(albums.filter((id) => id !== null).map(String)))
      void this.events.changed(albumId);
  }
}
