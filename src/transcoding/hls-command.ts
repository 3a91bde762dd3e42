import { join } from 'node:path';
import { SOUND_FILTER } from '../audio/sound-filter.js';
import type { Quality } from '../songs/quality.js';
import { mediaPlaylist } from '../songs/song-media.js';
import { INIT_SECTION, SEGMENT_NAMES } from './package-layout.js';
import type { SegmentType } from './package-layout.js';
import { cutOptions } from './segment-cuts.js';

export interface RungOrder {
  readonly quality: Quality;
  /** The source's decoded length. */
  readonly durationSeconds: number;
  readonly coder: 'fast' | 'twoloop';
  readonly segmentType: SegmentType;
  /** The package's folder; the rendition's own folder in it must exist. */
  readonly directory: string;
}

/** Pure: what to ask ffmpeg for, for one rung. Running it is audio/ffmpeg.ts's business. */
export function hlsCommand({ quality, durationSeconds, coder, segmentType, directory }: RungOrder): {
  outputOptions: string[];
  output: string;
} {
  const outputOptions = [
    // An embedded cover counts as video and silently leaves one segment of 11 microseconds.
    ['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    [...SOUND_FILTER, '-t', (durationSeconds + 1).toFixed(3)],
    // One rate and channel count for all rungs: only then are their segment boundaries identical.
    ['-c:a', 'aac', '-aac_coder', coder, '-b:a', `${quality.bitrateKbps}k`, '-ar', '44100', '-ac', '2'],
    // The same song gives the same bytes: no encoder version inside.
    ['-flags:a', '+bitexact', '-fflags', '+bitexact'],
    // Leave muxdelay and muxpreload alone: 0 nearly doubles the 64k rung.
    ['-f', 'hls', ...cutOptions(), '-hls_playlist_type', 'vod', '-hls_segment_type', segmentType],
    ['-hls_flags', 'temp_file', '-start_number', '0'],
    segmentType === 'fmp4' ? ['-hls_fmp4_init_filename', INIT_SECTION] : [],
    [
      '-hls_segment_filename',
      join(escapePercent(directory), quality.name, SEGMENT_NAMES[segmentType].pattern),
    ],
  ].flat();
  return { outputOptions, output: join(directory, mediaPlaylist(quality.name)) };
}

/** In a segment file name `%` begins a counter. */
function escapePercent(path: string): string {
  return path.replaceAll('%', '%%');
}
