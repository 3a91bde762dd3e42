import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import type { Model } from 'mongoose';
import { batchedReads } from '../common/batched-reads.js';
import { songRows } from '../songs/song-rows.js';
import { Song } from '../songs/song.js';
import type { Viewer } from '../users/viewer.js';
import { Album, type AlbumDocument } from './album.js';
import { isVisibleTo } from './visible-albums.js';

/** Albums looked up in one command. */
const BATCH = 100;

/**
 * Albums and their tracks, all that are asked for in the same moment in one command, whoever asks.
 */
@Injectable()
export class AlbumLoader {
  private readonly albums: DataLoader<string, AlbumDocument | null>;
  private readonly tracks: DataLoader<string, Song[]>;

  constructor(@InjectModel(Album.name) albums: Model<Album>, @InjectModel(Song.name) songs: Model<Song>) {
    this.albums = batchedReads(BATCH, async (ids) => {
      const found = await albums.find({ _id: { $in: ids } });
      const byId = new Map(found.map((album) => [album.id as string, album]));
      return ids.map((id) => byId.get(id) ?? null);
    });
    this.tracks = batchedReads(BATCH, async (ids) => {
      const found = await songRows(
        songs.find({ albumId: { $in: ids } }).sort({ albumId: 1, discNumber: 1, trackNumber: 1, _id: 1 }),
      );
      const byAlbum = new Map<string, Song[]>(ids.map((id) => [id, []]));
      for (const song of found) byAlbum.get(String(song.albumId))!.push(song);
      return ids.map((id) => byAlbum.get(id)!);
    });
  }

  /** Null when there is none, or none for this viewer. */
  async find(id: string, viewer: Viewer | undefined): Promise<AlbumDocument | null> {
    const album = await this.albums.load(id);
    return album && isVisibleTo(viewer, album) ? album : null;
  }

  /** By disc and track; songs without numbers first, songs at the same place by age. */
  tracksOf(albumId: string): Promise<Song[]> {
    return this.tracks.load(albumId);
  }
}
