import { join } from 'node:path';
import { SOUND_FILTER } from '../audio/sound-filter.js';
import type { Quality } from '../songs/processing/quality.js';
import { INIT_SECTION, SEGMENT_NAMES, segmentList } from './package-layout.js';
import type { SegmentType } from './package-layout.js';
import { cutOptions } from './segment-cuts.js';

export interface EncodeOptions {
  readonly quality: Quality;
  /** The source's decoded length. */
  readonly durationSeconds: number;
  readonly coder: 'fast' | 'twoloop';
  readonly segmentType: SegmentType;
  /** The package's folder; the rendition's own folder in it must exist. */
  readonly directory: string;
}

/** Pure: what to ask ffmpeg for, for one rung. Running it is audio/ffmpeg.ts's business. */
export function hlsCommand({ quality, durationSeconds, coder, segmentType, directory }: EncodeOptions): {
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
    ['-f', 'segment', ...cutOptions(durationSeconds)],
    // Leave muxdelay and muxpreload alone: 0 nearly doubles the 64k rung.
    segmentType === 'fmp4' ? fragments(join(directory, quality.name)) : TRANSPORT_STREAM,
    // One muxer for all segments: counters run on, as in one stream.
    ['-individual_header_trailer', '0'],
    ['-segment_list', join(directory, segmentList(quality.name)), '-segment_list_type', 'csv'],
  ].flat();
  const output = join(escapePercent(directory), quality.name, SEGMENT_NAMES[segmentType].pattern);
  return { outputOptions, output };
}

/**
 * Its tables stand at the beginning of each segment. Repeated ten times a second besides, as the muxer would, they make the
 * 64k rung 15 % heavier (ffmpeg 5.1.9), which a line of 90 kbit/s does not have.
 */
const TABLES_EVERY_SECONDS = 60;
const TRANSPORT_STREAM = [
  ...['-segment_format', 'mpegts'],
  ...['-segment_format_options', `pat_period=${TABLES_EVERY_SECONDS}:sdt_period=${TABLES_EVERY_SECONDS}`],
];

/** Fragmented MP4, its header in a file of its own, a fragment a segment. */
function fragments(folder: string): string[] {
  const flags = 'movflags=+frag_custom+dash+delay_moov';
  return [
    ...['-segment_format', 'mp4', '-segment_format_options', flags],
    ...['-segment_header_filename', join(folder, INIT_SECTION)],
  ];
}

/** In a segment file name `%` begins a counter. */
function escapePercent(path: string): string {
  return path.replaceAll('%', '%%');
}
