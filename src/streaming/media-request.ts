import { PUBLIC_ALBUM_MEDIA } from '../albums/album-media.js';
import type { MediaKind } from '../platform/metrics/metrics.js';
import { MASTER_PLAYLIST, PEAKS, PUBLIC_MEDIA, soundOf } from '../songs/media/song-media.js';

const MEDIA_PATH = '/media/';

/** What a request asks the media door for. */
export interface MediaRequest {
  key: string;
  /** Folder of the song whose sound it is; undefined for what anybody may have (covers). */
  sound?: string;
  /** As it stands in the path, not yet believed. */
  ticket?: string;
}

/**
 * Reads `/media/<key>` and `/media/t/<ticket>/<key>`; undefined when nothing public is asked for. Keys need no escaping,
 * so an escaped spelling (`%2e`, `%2F`, `%00`, but also a harmless `%73`) would be a second URL of the same object, or
 * worse: every object has exactly one URL (one for each ticket), and one entry in every cache. Covers take no ticket.
 */
export function mediaRequest(path: string): MediaRequest | undefined {
  if (!path.startsWith(MEDIA_PATH)) return undefined;
  const [, ticket, key = ''] = /^(?:t\/([^/]*)\/)?(.*)$/s.exec(path.slice(MEDIA_PATH.length)) ?? [];
  if (!PUBLIC_MEDIA.test(key) && !PUBLIC_ALBUM_MEDIA.test(key)) return undefined;
  const sound = soundOf(key);
  return ticket !== undefined && !sound ? undefined : { key, sound, ticket };
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
