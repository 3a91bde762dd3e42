import { coverPart } from '../artwork/artwork-images.js';
import type { MediaGroup } from '../platform/storage/media-group.js';
import { songMedia } from './media/song-media.js';
import type { Song } from './song.schema.js';

/** Codec whose repeated headers are removed on arrival, so the stored bytes may differ from the upload's SHA-256. */
const REWRITTEN = 'vorbis';

/** The media that a song has in storage, original first. `song` may be a lean record. */
export function songParts(
  songId: string,
  { original, generations, artwork }: Pick<Song, 'original' | 'generations' | 'artwork'>,
): MediaGroup[] {
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
