import { PUBLIC_ALBUM_MEDIA } from '../albums/album-media.js';
import type { MediaKind } from '../metrics/metrics.js';
import { MASTER_PLAYLIST, PEAKS, PUBLIC_MEDIA } from '../songs/song-media.js';

const DOOR = '/media/';

/**
 * The storage key a request path asks for, or undefined when it asks for nothing public. Keys need no escaping, so an
 * escaped spelling (`%2e`, `%2F`, `%00`, but also a harmless `%73`) would be a second URL of the same object, or worse:
 * every object has exactly one URL, and one entry in every cache.
 */
export function mediaKey(path: string): string | undefined {
  const key = path.startsWith(DOOR) ? path.slice(DOOR.length) : '';
  return PUBLIC_MEDIA.test(key) || PUBLIC_ALBUM_MEDIA.test(key) ? key : undefined;
}

/** What a public key names, in the words of the metrics. */
export function mediaKind(key: string): MediaKind {
  const [, , folder = '', file] = key.split('/');
  if (folder.startsWith('original-')) return 'original';
  if (folder.startsWith('artwork-')) return 'artwork';
  if (file === MASTER_PLAYLIST) return 'master';
  if (file === PEAKS) return 'peaks';
  return isPlaylist(key) ? 'playlist' : 'segment';
}

export function isPlaylist(key: string): boolean {
  return key.endsWith('.m3u8');
}

/** What shrinks to a fraction when it is compressed. */
export function isText(key: string): boolean {
  return isPlaylist(key) || key.endsWith('.json');
}
