import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import { Types, type Model, type PipelineStage } from 'mongoose';
import { batchedById, batchedReads } from '../platform/mongo/batched-reads.js';
import { CountedRead } from '../platform/mongo/counted-read.js';
import { songRows } from '../songs/song-rows.js';
import { Song } from '../songs/song.schema.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { loudnessOfAlbum, type AlbumLoudness, type LoudnessFacts } from './album-loudness.js';
import { Album, type AlbumDocument } from './album.schema.js';
import { inTrackOrder } from './track-list.js';
import { isVisibleTo } from './visible-albums.js';

/** Maximum number of albums read in one command. */
const BATCH = 100;
/** The fields of songs from which the loudness of an album is calculated. */
const LOUDNESS_FACTS = {
  albumId: 1,
  publishedGeneration: 1,
  'generations.id': 1,
  'generations.durationSeconds': 1,
  'generations.facts.loudness': 1,
};

/**
 * Reads albums and their tracks. Everything requested in the same tick, by any request, is read in one command.
 */
@Injectable()
export class AlbumLoader {
  private readonly albums: DataLoader<string, AlbumDocument | null>;
  private readonly counts: DataLoader<string, number>;
  private readonly tracks: DataLoader<string, Song[]>;
  private readonly loudness: DataLoader<string, AlbumLoudness | null>;

  constructor(@InjectModel(Album.name) albums: Model<Album>, @InjectModel(Song.name) songs: Model<Song>) {
    this.albums = batchedById(BATCH, (ids) => albums.find({ _id: { $in: ids } }));
    this.counts = batchedReads(BATCH, async (ids) => {
      const [first, ...others] = ids.map(countOf);
      const unions = others.map((pipeline) => ({ $unionWith: { coll: songs.collection.name, pipeline } }));
      const found = await songs.aggregate<{ albumId: string; tracks: number }>([...first!, ...unions]);
      const byAlbum = new Map(found.map(({ albumId, tracks }) => [albumId, tracks]));
      return ids.map((id) => byAlbum.get(id) ?? 0);
    });
    // Sorted here, because a database that sorts the songs of many albums has to decode all of them for that.
    this.tracks = batchedReads(BATCH, async (ids) =>
      byAlbum(ids, await songRows(songs.find({ albumId: { $in: ids } }))).map(inTrackOrder),
    );
    this.loudness = batchedReads(BATCH, async (ids) => {
      const facts = await songs.find({ albumId: { $in: ids } }, LOUDNESS_FACTS).lean<AlbumFacts[]>();
      return byAlbum(ids, facts).map(loudnessOfAlbum);
    });
  }

  /** Null if the album does not exist or is hidden from this viewer. */
  async find(id: string, viewer: Viewer | undefined): Promise<AlbumDocument | null> {
    const album = await this.albums.load(id);
    return album && isVisibleTo(viewer, album) ? album : null;
  }

  /** Sorted by disc and track number; songs without numbers first, songs with the same numbers by age. */
  async tracksOf(albumId: string): Promise<CountedRead<Song[]>> {
    return new CountedRead(await this.counts.load(albumId), () => this.tracks.load(albumId));
  }

  /** Null if no track was measured. The count is the number of tracks. */
  async loudnessOf(albumId: string): Promise<CountedRead<AlbumLoudness | null>> {
    return new CountedRead(await this.counts.load(albumId), () => this.loudness.load(albumId));
  }
}

type AlbumFacts = LoudnessFacts & Pick<Song, 'albumId'>;

/** Counts keys of an index without reading songs. */
function countOf(albumId: string): [PipelineStage.Match, PipelineStage.Group, PipelineStage.AddFields] {
  return [
    { $match: { albumId: new Types.ObjectId(albumId) } },
    { $group: { _id: null, tracks: { $sum: 1 } } },
    { $addFields: { albumId: { $literal: albumId } } },
  ];
}

/** Groups songs by album, in the order of `ids`. */
function byAlbum<T extends Pick<Song, 'albumId'>>(ids: readonly string[], songs: readonly T[]): T[][] {
  const lists = new Map<string, T[]>(ids.map((id) => [id, []]));
  for (const song of songs) lists.get(String(song.albumId))!.push(song);
  return ids.map((id) => lists.get(id)!);
}
