import HLS from 'hls-parser';
import { targetDuration } from './segment-cuts.js';

/** A media playlist as plain data. */
export interface MediaPlaylist {
  readonly targetDurationSeconds: number;
  /** URI of the fMP4 initialisation section; absent for MPEG-TS. */
  readonly init?: string;
  readonly segments: readonly MediaSegment[];
}

export interface MediaSegment {
  readonly uri: string;
  /** EXTINF. */
  readonly seconds: number;
}

/** Parses a finished playlist. Throws an Error that says what is wrong, even about faults that players tolerate. */
export function readMediaPlaylist(text: string): MediaPlaylist {
  HLS.setOptions({ strictMode: true });
  const playlist = HLS.parse(text);
  if (playlist.isMasterPlaylist || !('segments' in playlist)) throw new Error('is not a media playlist');
  if (playlist.playlistType !== 'VOD') throw new Error('is not of type VOD');
  if (!playlist.endlist) throw new Error('has no end');
  const init = playlist.segments[0]?.map?.uri;
  if (playlist.segments.some(({ map }) => map?.uri !== init))
    throw new Error('changes its initialisation section');
  if (playlist.segments.some(({ discontinuity }) => discontinuity)) throw new Error('has a discontinuity');
  return {
    targetDurationSeconds: playlist.targetDuration,
    init,
    segments: playlist.segments.map(({ uri, duration }) => ({ uri, seconds: duration })),
  };
}

/**
 * Parses ffmpeg's CSV list of segments: name, start and end in seconds. Throws an Error that says what is wrong.
 * (ffmpeg's own playlist is not used: it lacks VOD and EXT-X-INDEPENDENT-SEGMENTS, and has target duration 0 for
 * short songs.)
 */
export function readSegmentList(csv: string): MediaSegment[] {
  return csv
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [uri, start, end, ...more] = line.split(',');
      const seconds = Number(end) - Number(start);
      if (!uri || more.length > 0 || !(seconds > 0)) throw new Error(`lists ${line}`);
      return { uri, seconds };
    });
}

export function writeMediaPlaylist({ init, segments }: Omit<MediaPlaylist, 'targetDurationSeconds'>): string {
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion(init !== undefined)}`,
    `#EXT-X-TARGETDURATION:${targetDuration(segments)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...(init === undefined ? [] : [`#EXT-X-MAP:URI="${init}"`]),
    ...segments.flatMap(({ uri, seconds }) => [`#EXTINF:${seconds.toFixed(6)},`, uri]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

/** RFC 8216 7: 3 for fractional EXTINF, 6 for EXT-X-MAP without I-frame playlists. */
export function playlistVersion(hasInit: boolean): number {
  return hasInit ? 6 : 3;
}
