import { join } from 'node:path';
import { SOUND_FILTER } from '../audio/sound-survey.js';
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

/** Options of ffmpeg in the order in which it gets them; `FLAG` for one without a value. */
type FfmpegOptions = Readonly<Record<string, string>>;
const FLAG = '';

/** The ffmpeg options that encode one rung. Pure; audio/ffmpeg.service.ts runs them. */
export function hlsCommand(encode: EncodeOptions): { outputOptions: string[]; output: string } {
  const { quality, durationSeconds, coder, segmentType, directory } = encode;
  const outputOptions = argumentsOf({
    ...FIRST_AUDIO_STREAM,
    '-af': SOUND_FILTER,
    // With a second to spare.
    '-t': (durationSeconds + 1).toFixed(3),

    '-c:a': 'aac',
    '-aac_coder': coder,
    '-b:a': `${quality.bitrateKbps}k`,
    ...OF_ALL_RUNGS,

    '-f': 'segment',
    ...cutOptions(durationSeconds),
    ...(segmentType === 'fmp4' ? fragmentedMp4(join(directory, quality.name)) : TRANSPORT_STREAM),
    // One muxer for all segments: counters run on, as in one stream.
    '-individual_header_trailer': '0',
    '-segment_list': join(directory, segmentList(quality.name)),
    '-segment_list_type': 'csv',
  });
  const output = join(escapePercent(directory), quality.name, SEGMENT_NAMES[segmentType].pattern);
  return { outputOptions, output };
}

const FIRST_AUDIO_STREAM: FfmpegOptions = {
  '-map': '0:a:0',
  // Without -vn an embedded cover counts as video and silently leaves one segment of 11 microseconds.
  '-vn': FLAG,
  '-sn': FLAG,
  '-dn': FLAG,
  '-map_metadata': '-1',
  '-map_chapters': '-1',
};

const OF_ALL_RUNGS: FfmpegOptions = {
  // One rate and channel count: only then are the segment boundaries of all rungs identical.
  '-ar': '44100',
  '-ac': '2',
  // The same song gives the same bytes: no encoder version inside.
  '-flags:a': '+bitexact',
  '-fflags': '+bitexact',
};

/**
 * The PAT and SDT tables are at the start of each segment. Repeated ten times a second as well, the muxer's default,
 * they make the 64k rung 15 % larger (ffmpeg 5.1.9), too much for a connection of 90 kbit/s. Leave muxdelay and
 * muxpreload alone: 0 nearly doubles the 64k rung.
 */
const TABLES_EVERY_SECONDS = 60;
const TRANSPORT_STREAM: FfmpegOptions = {
  '-segment_format': 'mpegts',
  '-segment_format_options': `pat_period=${TABLES_EVERY_SECONDS}:sdt_period=${TABLES_EVERY_SECONDS}`,
};

/** Fragmented MP4 with one fragment per segment and the header in a separate file. */
function fragmentedMp4(folder: string): FfmpegOptions {
  return {
    '-segment_format': 'mp4',
    '-segment_format_options': 'movflags=+frag_custom+dash+delay_moov',
    '-segment_header_filename': join(folder, INIT_SECTION),
  };
}

function argumentsOf(options: FfmpegOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === FLAG ? [name] : [name, value]));
}

/** Escapes `%`, which starts a counter in ffmpeg's segment file names. */
function escapePercent(path: string): string {
  return path.replaceAll('%', '%%');
}
