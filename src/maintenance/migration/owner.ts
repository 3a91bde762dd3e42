import type { QueryFilter } from 'mongoose';
import type { Album } from '../../albums/album.schema.js';
import { coverPart } from '../../artwork/artwork-images.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { songParts } from '../../songs/song-parts.js';
import type { Song } from '../../songs/song.schema.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';

export type OwnerKind = 'song' | 'album';

/** A document that refers to media: a song with all its media, or an album with its cover. */
export interface Owner {
  kind: OwnerKind;
  id: string;
  title: string;
  parts: MediaGroup[];
  /** The document as it was read. A move is void if it has changed. */
  record: SongRecord | AlbumRecord;
}

export type SongRecord = Pick<Song, 'title' | 'original' | 'generations' | 'artwork'>;
export type AlbumRecord = Pick<Album, 'title' | 'artwork'>;

export function songOwner(id: string, record: SongRecord): Owner {
  return { kind: 'song', id, title: record.title, parts: songParts(id, record), record };
}

export function albumOwner(id: string, record: AlbumRecord): Owner {
  const parts = record.artwork ? [coverPart(record.artwork)] : [];
  return { kind: 'album', id, title: record.title, parts, record };
}

/** Documents written before the field existed have no store, which means local. */
const heldBy = (store: StoreName) => (store === 'local' ? { $in: ['local', null] } : store);

/** Condition for songs that have media in `store`. */
export function songsIn(store: StoreName): QueryFilter<Song> {
  return {
    $or: [
      { 'original.store': heldBy(store) },
      { generations: { $elemMatch: { store: heldBy(store) } } },
      { artwork: { $ne: null }, 'artwork.store': heldBy(store) },
    ],
  } as QueryFilter<Song>;
}

export function albumsIn(store: StoreName): QueryFilter<Album> {
  return { artwork: { $ne: null }, 'artwork.store': heldBy(store) } as QueryFilter<Album>;
}
