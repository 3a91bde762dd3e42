import type { QueryFilter, UpdateQuery } from 'mongoose';
import { coverPart } from '../artwork/artwork-images.js';
import type { StoreName } from '../platform/config/store-settings.js';
import type { MediaGroup } from '../platform/storage/media-group.js';
import { songMedia } from './media/song-media.js';
import type { Song } from './song.schema.js';

/** Codec whose repeated headers are removed on arrival, so the stored bytes may differ from the upload's SHA-256. */
const REWRITTEN = 'vorbis';

/** The fields of a song that refer to media; also of a lean record. */
export type SongMedia = Pick<Song, 'original' | 'generations' | 'artwork'>;

/** The media that a song has in storage, original first. */
export function songParts(songId: string, { original, generations, artwork }: SongMedia): MediaGroup[] {
  return [
    {
      at: original.key,
      store: original.store ?? 'local',
      keys: [original.key],
      bytes: original.bytes,
      sha256: original.codec === REWRITTEN ? null : original.sha256,
      contentType: original.contentType,
    },
    ...(generations ?? []).map(({ id, store, bytes }) => ({
      at: songMedia.generation(songId, id),
      store: store ?? 'local',
      keys: null,
      bytes,
      sha256: null,
      contentType: null,
    })),
    ...(artwork ? [coverPart(artwork)] : []),
  ];
}

/** The update that switches a song to another store, conditional on the song still having exactly the copied media. */
export function storeSwitch(
  { original, generations, artwork }: SongMedia,
  from: StoreName,
  to: StoreName,
): { condition: QueryFilter<Song>; update: UpdateQuery<Song> } {
  const kept = generations ?? [];
  const condition: Record<string, unknown> = {
    'original.key': original.key,
    generations: { $size: kept.length },
    ...(artwork ? { 'artwork.prefix': artwork.prefix } : { artwork: null }),
  };
  const fields: Record<string, StoreName> = {};
  if ((original.store ?? 'local') === from) fields['original.store'] = to;
  if (artwork && (artwork.store ?? 'local') === from) fields['artwork.store'] = to;
  for (const [i, { id, store }] of kept.entries()) {
    condition[`generations.${i}.id`] = id;
    if ((store ?? 'local') === from) fields[`generations.${i}.store`] = to;
  }
  return { condition: condition as QueryFilter<Song>, update: { $set: fields } };
}
