import type { SoundSurvey } from '../audio/sound-survey.js';
import { MASTER_PLAYLIST, PEAKS } from '../songs/media/song-media.js';
import type { Rendition } from '../songs/processing/generation.schema.js';
import type { Quality } from '../songs/processing/quality.js';
import type { SoundFacts } from '../songs/processing/sound-facts.schema.js';
import { CODECS, type Bandwidth } from './master-playlist.js';
import { filesOf, packageFile, type PackageFile, type RenditionFiles } from './rendition-files.js';
import { soundFactsOf } from './sound-facts-of.js';

export interface HlsPackage {
  /** Sum of the segment durations. */
  readonly durationSeconds: number;
  /** Lowest first. */
  readonly renditions: Rendition[];
  readonly facts: SoundFacts;
  /** Initialisation sections and segments, the waveform, then media playlists, then the master. */
  readonly files: PackageFile[];
}

/** One rung as encoded and measured. */
export type Rung = Bandwidth & { readonly quality: Quality; readonly files: RenditionFiles };

/** `texts`: the contents of the files that belong to no rung. */
export function describePackage(
  rungs: readonly Rung[],
  survey: SoundSurvey,
  texts: { peaks: string; master: string },
): HlsPackage {
  const durationSeconds = toMicroseconds(sum(rungs[0]?.files.segments.map(({ seconds }) => seconds) ?? []));
  return {
    durationSeconds,
    facts: soundFactsOf(survey, durationSeconds),
    renditions: rungs.map(({ quality, bandwidth, averageBandwidth, files }) => ({
      name: quality.name,
      bitrateKbps: quality.bitrateKbps,
      bandwidth,
      averageBandwidth,
      codecs: CODECS,
      bytes: sum(filesOf(files).map(({ bytes }) => bytes)),
      segments: files.segments.length,
    })),
    files: filesOfPackage(rungs, texts),
  };
}

function filesOfPackage(
  rungs: readonly Rung[],
  { peaks, master }: { peaks: string; master: string },
): PackageFile[] {
  const files = rungs
    .flatMap((rung) => filesOf(rung.files))
    // A segment carries its length as well.
    .map(({ path, bytes }) => packageFile(path, bytes));
  const isPlaylist = ({ path }: PackageFile): boolean => path.endsWith('.m3u8');
  return [
    ...files.filter((file) => !isPlaylist(file)),
    packageFile(PEAKS, Buffer.byteLength(peaks)),
    ...files.filter(isPlaylist),
    packageFile(MASTER_PLAYLIST, Buffer.byteLength(master)),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Rounds to the six decimals of EXTINF, because a sum of floats has more. */
function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
