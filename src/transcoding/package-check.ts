import { open, readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import HLS from 'hls-parser';
import type { Quality } from '../songs/processing/quality.js';
import { MASTER_PLAYLIST, mediaPlaylist, PEAKS } from '../songs/media/song-media.js';
import { CODECS, measureBandwidth, strictlyIncreasing } from './master-playlist.js';
import { INIT_SECTION, SEGMENT_NAMES } from './package-layout.js';
import type { SegmentType } from './package-layout.js';
import { FIRST_SEGMENTS_SECONDS } from './segment-cuts.js';
import type { PackageFile, RenditionFiles } from './rendition-files.js';
import { filesOf, readRendition } from './rendition-files.js';
import { checkPeaks } from './peaks-file.js';
import { PackageInvalidError } from './package-invalid-error.js';

/** The properties that a package must have. */
export interface PackageExpectation {
  readonly qualities: readonly Quality[];
  readonly segmentType: SegmentType;
  /** The source's decoded length, seconds. */
  readonly durationSeconds: number;
}

/** An AAC encoder starts 1024 samples late (at 44.1 kHz). */
const ENCODER_DELAY_SECONDS = 1024 / 44_100;
const DURATION_TOLERANCE_SECONDS = 0.15;
/** The first cut falls on the next whole frame and includes the encoder's delay. A single segment may be longer. */
const FIRST_SEGMENT_LONGEST_SECONDS = 0.05 + FIRST_SEGMENTS_SECONDS[0]!;
const TS_PACKET_BYTES = 188;
const TS_SYNC = 0x47;

/**
 * Checks everything that must hold before a package is published, by reading it from disk, because ffmpeg's exit code
 * proves nothing. Throws PackageInvalidError naming the first failed check. Returns the renditions, lowest first.
 */
export async function checkPackage(
  directory: string,
  expected: PackageExpectation,
): Promise<RenditionFiles[]> {
  const renditions = await Promise.all(
    expected.qualities.map((quality) => readRendition(directory, quality)),
  );
  for (const rendition of renditions) checkRendition(rendition, expected);
  checkAlike(renditions);
  for (const { segments } of expected.segmentType === 'mpegts' ? renditions : []) {
    for (const segment of segments) await checkTransportStream(directory, segment);
  }
  checkMaster(await readMaster(directory), renditions);
  await checkPeaks(directory);
  await checkNothingElse(directory, renditions);
  return renditions;
}

function checkRendition(
  { playlist, segments, playlistFile }: RenditionFiles,
  expected: PackageExpectation,
): void {
  const { path } = playlistFile;
  const { valid } = SEGMENT_NAMES[expected.segmentType];
  const unexpected = playlist.segments.find(({ uri }) => !valid.test(uri));
  if (unexpected) throw new PackageInvalidError('segment names', `${path} names ${unexpected.uri}`);
  if (playlist.init !== (expected.segmentType === 'fmp4' ? INIT_SECTION : undefined)) {
    throw new PackageInvalidError('initialisation section', `${path} has ${playlist.init ?? 'none'}`);
  }
  if (segments.length === 0) throw new PackageInvalidError('segments present', `${path} has none`);
  if (segments.some(({ seconds }) => !(seconds > 0))) {
    throw new PackageInvalidError('segment durations', `${path} has a segment without one`);
  }
  const first = segments[0]!.seconds;
  if (segments.length > 1 && first > FIRST_SEGMENT_LONGEST_SECONDS) {
    throw new PackageInvalidError('first segment', `${path} begins with one of ${first} s`);
  }
  const longest = Math.max(...segments.map(({ seconds }) => Math.round(seconds)));
  if (playlist.targetDurationSeconds < Math.max(1, longest)) {
    throw new PackageInvalidError('target duration', `${path} says ${playlist.targetDurationSeconds}`);
  }
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  if (Math.abs(seconds - expected.durationSeconds - ENCODER_DELAY_SECONDS) >= DURATION_TOLERANCE_SECONDS) {
    const found = `${path} lasts ${seconds.toFixed(3)} s, the song ${expected.durationSeconds.toFixed(3)} s`;
    throw new PackageInvalidError('duration', found);
  }
}

/** Players change quality at segment boundaries, so these must be the same in all renditions. */
function checkAlike(renditions: readonly RenditionFiles[]): void {
  const shape = ({ playlist }: RenditionFiles) =>
    JSON.stringify([playlist.targetDurationSeconds, playlist.segments.map(({ seconds }) => seconds)]);
  const odd = renditions.find((rendition) => shape(rendition) !== shape(renditions[0] ?? rendition));
  if (odd) throw new PackageInvalidError('boundaries identical', `${odd.quality.name} is cut differently`);
}

async function readMaster(directory: string): Promise<HLS.types.MasterPlaylist> {
  try {
    HLS.setOptions({ strictMode: true });
    const playlist = HLS.parse(await readFile(join(directory, MASTER_PLAYLIST), 'utf8'));
    if ('variants' in playlist) return playlist;
  } catch (error) {
    throw new PackageInvalidError('master readable', (error as Error).message);
  }
  throw new PackageInvalidError('master readable', 'is a media playlist');
}

function checkMaster(master: HLS.types.MasterPlaylist, renditions: readonly RenditionFiles[]): void {
  if (!master.independentSegments)
    throw new PackageInvalidError('master', 'does not call segments independent');
  if (master.variants.length !== renditions.length) {
    throw new PackageInvalidError('master', `has ${master.variants.length} variants`);
  }
  const expected = strictlyIncreasing(
    renditions.map(({ quality, segments, playlist }) => ({
      uri: mediaPlaylist(quality.name),
      ...measureBandwidth(segments, playlist.targetDurationSeconds),
    })),
  );
  for (const { uri, bandwidth, averageBandwidth } of expected) {
    const variant = master.variants.find((candidate) => candidate.uri === uri);
    if (!variant) throw new PackageInvalidError('master', `lacks ${uri}`);
    if (variant.codecs !== CODECS)
      throw new PackageInvalidError('master', `${uri} has codecs ${variant.codecs}`);
    if (variant.bandwidth !== bandwidth || variant.averageBandwidth !== averageBandwidth) {
      throw new PackageInvalidError('bandwidth', `${uri} says ${variant.bandwidth}, its files ${bandwidth}`);
    }
    if (averageBandwidth > bandwidth)
      throw new PackageInvalidError('bandwidth', `${uri} is below its average`);
  }
}

/** Partial and forgotten files would otherwise be published and kept with the package. */
async function checkNothingElse(directory: string, renditions: readonly RenditionFiles[]): Promise<void> {
  const known = new Set([
    MASTER_PLAYLIST,
    PEAKS,
    ...renditions.flatMap((rendition) => filesOf(rendition)).map((f) => f.path),
  ]);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((candidate) => !candidate.isDirectory())) {
    const path = join(entry.parentPath, entry.name).slice(join(directory, sep).length).split(sep).join('/');
    if (!known.has(path)) throw new PackageInvalidError('no stray files', path);
  }
}

/** ISO/IEC 13818-1 2.4.3.2: whole packets of 188 bytes, each beginning with 0x47. */
async function checkTransportStream(directory: string, { path, bytes }: PackageFile): Promise<void> {
  if (bytes % TS_PACKET_BYTES !== 0)
    throw new PackageInvalidError('transport stream', `${path} has ${bytes} bytes`);
  const file = await open(join(directory, path));
  try {
    const data = await file.readFile();
    for (let at = 0; at < data.length; at += TS_PACKET_BYTES) {
      if (data[at] !== TS_SYNC)
        throw new PackageInvalidError('transport stream', `${path} loses sync at ${at}`);
    }
  } finally {
    await file.close();
  }
}
