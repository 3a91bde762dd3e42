import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Album } from '../../albums/album.schema.js';
import { coverPart } from '../../artwork/artwork-images.js';
import { songParts } from '../../songs/song-parts.js';
import { Song } from '../../songs/song.schema.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';

export type PartKind = 'original' | 'generation' | 'cover';

/** The fields of a song on which the remedy for lost media depends. */
export type SongRecord = Pick<
  Song,
  'original' | 'generations' | 'artwork' | 'publishedGeneration' | 'processing'
>;

export interface MediaOwner {
  kind: 'album' | 'song';
  id: string;
  parts: MediaGroup[];
  /** Null for an album. */
  song: SongRecord | null;
}

const SONG_FIELDS =
  'original generations artwork publishedGeneration processing.state processing.error processing.attemptId';

/** Reads songs and albums with their media. */
@Injectable()
export class MediaOwners {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    @InjectModel(Album.name) private readonly albums: Model<Album>,
  ) {}

  /** Returns the next owners after the id `after`, in the order of their ids; null starts at the beginning. */
  async page(kind: MediaOwner['kind'], after: string | null, limit: number): Promise<MediaOwner[]> {
    const behind = after ? { _id: { $gt: after } } : {};
    if (kind === 'album') {
      const found = await this.albums
        .find({ ...behind, artwork: { $ne: null } })
        .sort({ _id: 1 })
        .limit(limit)
        .select('artwork')
        .lean();
      return found.map(albumOwner);
    }
    const found = await this.songs.find(behind).sort({ _id: 1 }).limit(limit).select(SONG_FIELDS).lean();
    return found.map(songOwner);
  }

  /** Reads the current version of an owner; null if it was deleted. */
  async read({ kind, id }: Pick<MediaOwner, 'kind' | 'id'>): Promise<MediaOwner | null> {
    if (kind === 'album') {
      const album = await this.albums.findById(id).select('artwork').lean();
      return album && albumOwner(album);
    }
    const song = await this.songs.findById(id).select(SONG_FIELDS).lean();
    return song && songOwner(song);
  }
}

export function partKind({ at }: MediaGroup): PartKind {
  if (at.includes('/artwork-')) return 'cover';
  return at.endsWith('/') ? 'generation' : 'original';
}

function albumOwner({ _id, artwork }: Pick<Album, 'artwork'> & { _id: unknown }): MediaOwner {
  return { kind: 'album', id: String(_id), parts: artwork ? [coverPart(artwork)] : [], song: null };
}

function songOwner(song: SongRecord & { _id: unknown }): MediaOwner {
  const id = String(song._id);
  return { kind: 'song', id, parts: songParts(id, song), song };
}
