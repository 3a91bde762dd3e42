import { join } from 'node:path';
import { SOUND_FILTER } from '../audio/sound-filter.js';
import type { Quality } from '../songs/processing/quality.js';
import { INIT_SECTION, SEGMENT_NAMES, segmentList } from './package-layout.js';
import type { SegmentType } from './package-layout.js';
import { cutOptions } from './segment-cuts.js';

export interface EncodeOptions {
  readonly quality: Quality;
  /** The source's decoded length, seconds. */
  readonly durationSeconds: number;
  readonly coder: 'fast' | 'twoloop';
  readonly segmentType: SegmentType;
  /** The package's folder; the rendition's own folder in it must exist. */
  readonly directory: string;
}

/** The ffmpeg options that encode one rung. Pure; audio/ffmpeg.service.ts runs them. */
export function hlsCommand({ quality, durationSeconds, coder, segmentType, directory }: EncodeOptions): {
  outputOptions: string[];
  output: string;
} {
  const outputOptions = [
    // Without -vn an embedded cover counts as video and silently leaves one segment of 11 microseconds.
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
 * The PAT and SDT tables are at the start of each segment. Repeated ten times a second as well, the muxer's default,
 * they make the 64k rung 15 % larger (ffmpeg 5.1.9), too much for a connection of 90 kbit/s.
 */
const TABLES_EVERY_SECONDS = 60;
const TRANSPORT_STREAM = [
  '-segment_format',
  'mpegts',
  '-segment_format_options',
  `pat_period=${TABLES_EVERY_SECONDS}:sdt_period=${TABLES_EVERY_SECONDS}`,
];

/** Fragmented MP4 with one fragment per segment and the header in a separate file. */
function fragments(folder: string): string[] {
  const flags = 'movflags=+frag_custom+dash+delay_moov';
  return [
    '-segment_format',
    'mp4',
    '-segment_format_options',
    flags,
    '-segment_header_filename',
    join(folder, INIT_SECTION),
  ];
}

/** Escapes `%`, which starts a counter in ffmpeg's segment file names. */
function escapePercent(path: string): string {
  return path.replaceAll('%', '%%');
}
