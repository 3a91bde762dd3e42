import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DiskFullError } from '../audio/audio-errors.js';
import { Ffmpeg } from '../audio/ffmpeg.service.js';
import { forgivingOneStall } from '../audio/over-limit.js';
import { surveySound } from '../audio/sound-survey.js';
import type { SoundSurvey } from '../audio/sound-survey.js';
import type { ChildLimits } from '../platform/child-process/child-watch.js';
import { Config } from '../platform/config/config.js';
import type { Rendition } from '../songs/processing/generation.schema.js';
import { QUALITIES } from '../songs/processing/quality.js';
import type { Quality } from '../songs/processing/quality.js';
import type { SoundFacts } from '../songs/processing/sound-facts.schema.js';
import { MASTER_PLAYLIST, mediaPlaylist, PEAKS } from '../songs/media/song-media.js';
import { CpuBudget } from './cpu-budget.service.js';
import { hlsCommand } from './hls-command.js';
import { CODECS, measureBandwidth, strictlyIncreasing, writeMasterPlaylist } from './master-playlist.js';
import type { Bandwidth } from './master-playlist.js';
import { readSegmentList, writeMediaPlaylist } from './media-playlist.js';
import { quotaBytes, watchQuota } from './output-quota.js';
import { checkPackage, filesOf } from './package-check.js';
import { contentTypeOf, INIT_SECTION, segmentList } from './package-layout.js';
import { PackProgress } from './pack-progress.js';
import type { OnPackProgress } from './pack-progress.js';
import { readRendition } from './rendition-files.js';
import type { RenditionFiles } from './rendition-files.js';
import { writePeaks } from './peaks-file.js';
import { checkSound } from './sound-check.js';
import { soundFactsOf } from './sound-facts-of.js';
import { PackageInvalidError } from './package-invalid-error.js';

export interface PackOptions {
  /** Path of the song's original. */
  readonly source: string;
  /** Its decoded length (AudioFacts). */
  readonly durationSeconds: number;
  /** The qualities to make, lowest first; all when absent. */
  readonly qualities?: readonly Quality[];
  /** The folder in which the package is built; created if absent, must be empty. Not removed when packing fails. */
  readonly directory: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnPackProgress;
}

export interface PackageFile {
  /** Inside the package, with slashes: "128k/segment-00000.ts". */
  readonly path: string;
  readonly bytes: number;
  readonly contentType: string;
}

export interface HlsPackage {
  /** Sum of the segment durations. */
  readonly durationSeconds: number;
  /** Lowest first. */
  readonly renditions: Rendition[];
  readonly facts: SoundFacts;
  /** Initialisation sections and segments, the waveform, then media playlists, then the master. */
  readonly files: PackageFile[];
}

type Rung = Bandwidth & { readonly quality: Quality; readonly files: RenditionFiles };

/** CPU seconds allowed in addition to the song's length: even a slow processor encodes faster than real time. */
const CPU_FLOOR_SECONDS = 120;

/** Encodes an audio file into a checked HLS package in a folder. It deals with paths, not with songs. */
@Injectable()
export class HlsPackager {
  constructor(
    private readonly config: Config,
    private readonly ffmpeg: Ffmpeg,
    private readonly cpus: CpuBudget,
  ) {}

  /** Throws PackageInvalidError, DiskFullError, what Ffmpeg.run does (all worth a retry), or the signal's reason. */
  async pack(options: PackOptions): Promise<HlsPackage> {
    try {
      const survey = await this.encode(options);
      return await this.finish(options, survey);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? new DiskFullError() : error;
    }
  }

  /**
   * Encodes all rungs, each in its own process, and surveys the sound in another. The first failure aborts the others;
   * all processes have ended when this settles.
   */
  private async encode(options: PackOptions): Promise<SoundSurvey> {
    const failed = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
    const { qualities = QUALITIES } = options;
    const progress = new PackProgress(qualities, options.durationSeconds, options.onProgress);
    const quota = quotaBytes(
      options.durationSeconds,
      qualities.map(({ bitrateKbps }) => bitrateKbps),
    );
    await mkdir(options.directory, { recursive: true });
    const unwatch = watchQuota(options.directory, quota, (error) => failed.abort(error));
    const share = <T>(work: () => Promise<T>) =>
      this.cpus.run(() => forgivingOneStall(work), signal).catch((error: unknown) => failed.abort(error));
    // The slowest first: the faster ones then fill the gaps, and all processors finish together.
    const slowestFirst = qualities.toSorted((a, b) => b.bitrateKbps - a.bitrateKbps);
    const rungs = slowestFirst.map((quality) =>
      share(() => this.encodeRung(quality, options, signal, progress)),
    );
    let survey: SoundSurvey | undefined;
    const surveying = share(async () => (survey = await this.survey(options, signal)));
    await Promise.all([...rungs, surveying]).finally(unwatch);
    failed.signal.throwIfAborted();
    return survey!;
  }

  private survey({ source, durationSeconds }: PackOptions, signal: AbortSignal): Promise<SoundSurvey> {
    const limits = limitsFor(durationSeconds);
    return surveySound(this.ffmpeg, { input: source, durationSeconds, limits, signal });
  }

  private async encodeRung(
    quality: Quality,
    { source, durationSeconds, directory }: PackOptions,
    signal: AbortSignal,
    progress: PackProgress,
  ): Promise<void> {
    const { AAC_CODER: coder, SEGMENT_TYPE: segmentType } = this.config;
    await mkdir(join(directory, quality.name), { recursive: true });
    await this.ffmpeg.run({
      input: source,
      ...hlsCommand({ quality, durationSeconds, coder, segmentType, directory }),
      limits: limitsFor(durationSeconds),
      signal,
      onProgress: (seconds) => progress.advance(quality, seconds),
    });
  }

  private async finish(
    { directory, durationSeconds, signal, qualities = QUALITIES }: PackOptions,
    survey: SoundSurvey,
  ): Promise<HlsPackage> {
    const { SEGMENT_TYPE: segmentType } = this.config;
    const rungs = strictlyIncreasing(
      await Promise.all(qualities.map((quality) => this.measureRung(directory, quality))),
    );
    const master = writeMasterPlaylist(rungs, segmentType === 'fmp4');
    const peaks = writePeaks(survey.peaks);
    await writeFile(join(directory, MASTER_PLAYLIST), master);
    await writeFile(join(directory, PEAKS), peaks);
    for (const { files } of rungs) await checkSound(this.ffmpeg, directory, files, signal);
    await checkPackage(directory, { qualities, segmentType, durationSeconds });
    return describe(rungs, survey, Buffer.byteLength(peaks), Buffer.byteLength(master));
  }

  private async measureRung(directory: string, quality: Quality): Promise<Rung> {
    const init = this.config.SEGMENT_TYPE === 'fmp4' ? INIT_SECTION : undefined;
    await writePlaylist(directory, quality, init);
    const files = await readRendition(directory, quality);
    return { quality, files, ...measureBandwidth(files.segments, files.playlist.targetDurationSeconds) };
  }
}

async function writePlaylist(directory: string, quality: Quality, init?: string): Promise<void> {
  const list = join(directory, segmentList(quality.name));
  const written = await readFile(list, 'utf8').catch(() => {
    throw new PackageInvalidError('playlist present', 'the encoder listed no segments');
  });
  await writeFile(join(directory, mediaPlaylist(quality.name)), playlistOf(written, init));
  await rm(list);
}

function playlistOf(list: string, init?: string): string {
  try {
    return writeMediaPlaylist({ init, segments: readSegmentList(list) });
  } catch (error) {
    throw new PackageInvalidError('playlist readable', (error as Error).message);
  }
}

function describe(
  rungs: readonly Rung[],
  survey: SoundSurvey,
  peaksBytes: number,
  masterBytes: number,
): HlsPackage {
  const files = rungs.flatMap(({ files: rendition }) => filesOf(rendition));
  const isPlaylist = ({ path }: { path: string }) => path.endsWith('.m3u8');
  const ordered = [
    ...files.filter((file) => !isPlaylist(file)),
    { path: PEAKS, bytes: peaksBytes },
    ...files.filter(isPlaylist),
    { path: MASTER_PLAYLIST, bytes: masterBytes },
  ];
  const durationSeconds = toMicroseconds(sum(rungs[0]?.files.segments.map(({ seconds }) => seconds) ?? []));
  return {
    durationSeconds,
    facts: soundFactsOf(survey, durationSeconds),
    renditions: rungs.map(({ quality, bandwidth, averageBandwidth, files: rendition }) => ({
      name: quality.name,
      bitrateKbps: quality.bitrateKbps,
      bandwidth,
      averageBandwidth,
      codecs: CODECS,
      bytes: sum(filesOf(rendition).map(({ bytes }) => bytes)),
      segments: rendition.segments.length,
    })),
    files: ordered.map(({ path, bytes }) => ({ path, bytes, contentType: contentTypeOf(path) })),
  };
}

function limitsFor(durationSeconds: number): ChildLimits {
  return { cpuSeconds: CPU_FLOOR_SECONDS + durationSeconds };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Rounds to the six decimals of EXTINF, because a sum of floats has more. */
function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
