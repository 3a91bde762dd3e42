import { PUBLIC_ALBUM_MEDIA } from '../albums/album-media.js';
import { MASTER_PLAYLIST, PEAKS, PUBLIC_MEDIA, soundOf } from '../songs/media/song-media.js';
import type { MediaKind } from './media-metrics.js';

const MEDIA_PATH = '/media/';

/** A parsed request to the media endpoint. */
export interface MediaRequest {
  key: string;
  /** Folder of the song, if the object is audio, a playlist or a waveform; undefined for covers, which are public. */
  sound?: string;
  /** The ticket in the path, not verified yet. */
  ticket?: string;
}

/**
 * Parses `/media/<key>` and `/media/t/<ticket>/<key>`; undefined if the path names no public object. Escaped characters
 * (`%2e`, `%2F`, `%00`, even a harmless `%73`) are refused: keys need none, and each object must have exactly one URL
 * (one per ticket) and thus one entry in every cache. Covers have no ticket.
 */
export function mediaRequest(path: string): MediaRequest | undefined {
  if (!path.startsWith(MEDIA_PATH)) return undefined;
  const [, ticket, key = ''] = /^(?:t\/([^/]*)\/)?(.*)$/s.exec(path.slice(MEDIA_PATH.length)) ?? [];
  if (!PUBLIC_MEDIA.test(key) && !PUBLIC_ALBUM_MEDIA.test(key)) return undefined;
  const sound = soundOf(key);
  return ticket !== undefined && !sound ? undefined : { key, sound, ticket };
}

/** Kind of a public object, as used in metric labels. */
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

/** Whether the object is text, which compresses well. */
export function isText(key: string): boolean {
  return isPlaylist(key) || key.endsWith('.json');
}
