import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DiskFullError } from '../audio/audio-errors.js';
import { Ffmpeg } from '../audio/ffmpeg.service.js';
import { forgivingOneStall } from '../audio/over-limit.js';
import { surveySound, type SoundSurvey } from '../audio/sound-survey.js';
import { TaskGroup } from '../platform/async/task-group.js';
import type { ChildLimits } from '../platform/child-process/child-watch.js';
import { Config } from '../platform/config/config.js';
import { MASTER_PLAYLIST, PEAKS } from '../songs/media/song-media.js';
import { QUALITIES, type Quality } from '../songs/processing/quality.js';
import { CpuBudget } from './cpu-budget.service.js';
import { hlsCommand } from './hls-command.js';
import { describePackage, type HlsPackage, type Rung } from './hls-package.js';
import { measureBandwidth, strictlyIncreasing, writeMasterPlaylist } from './master-playlist.js';
import { quotaBytes, watchQuota } from './output-quota.js';
import { checkPackage } from './package-check.js';
import { INIT_SECTION } from './package-layout.js';
import { PackProgress, type OnPackProgress } from './pack-progress.js';
import { writePeaks } from './peaks-file.js';
import { readRendition, writePlaylist } from './rendition-files.js';
import { checkSound } from './sound-check.js';

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
   * Encodes all rungs, each in its own process, and surveys the sound in another. They end together: when the caller
   * aborts, when one of them fails, or when their output exceeds its quota. All have ended when this settles.
   */
  private async encode(options: PackOptions): Promise<SoundSurvey> {
    const { directory, durationSeconds, qualities = QUALITIES } = options;
    await mkdir(directory, { recursive: true });
    const processes = new TaskGroup(options.signal);
    const endWatch = watchQuota(directory, quotaBytes(durationSeconds, qualities), (excess) =>
      processes.end(excess),
    );
    const progress = new PackProgress(qualities, durationSeconds, options.onProgress);
    // The slowest first: the faster ones then fill the gaps, and all processors finish together.
    for (const quality of qualities.toSorted((a, b) => b.bitrateKbps - a.bitrateKbps)) {
      void processes.start((signal) => this.encodeRung(quality, options, progress, signal));
    }
    const survey = processes.start((signal) => this.survey(options, signal));
    await processes.join().finally(endWatch);
    return survey;
  }

  private encodeRung(
    quality: Quality,
    { source, durationSeconds, directory }: PackOptions,
    progress: PackProgress,
    signal: AbortSignal,
  ): Promise<void> {
    const { AAC_CODER: coder, SEGMENT_TYPE: segmentType } = this.config;
    return this.onProcessor(signal, async () => {
      await mkdir(join(directory, quality.name), { recursive: true });
      await this.ffmpeg.run({
        input: source,
        ...hlsCommand({ quality, durationSeconds, coder, segmentType, directory }),
        limits: limitsFor(durationSeconds),
        signal,
        onProgress: (seconds) => progress.advance(quality, seconds),
      });
    });
  }

  private survey({ source, durationSeconds }: PackOptions, signal: AbortSignal): Promise<SoundSurvey> {
    const limits = limitsFor(durationSeconds);
    return this.onProcessor(signal, () =>
      surveySound(this.ffmpeg, { input: source, durationSeconds, limits, signal }),
    );
  }

  /** Waits for a free processor. Rejects with the signal's reason if aborted meanwhile. */
  private onProcessor<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.cpus.run(() => forgivingOneStall(work), signal);
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
    return describePackage(rungs, survey, { peaks, master });
  }

  private async measureRung(directory: string, quality: Quality): Promise<Rung> {
    const init = this.config.SEGMENT_TYPE === 'fmp4' ? INIT_SECTION : undefined;
    await writePlaylist(directory, quality, init);
    const files = await readRendition(directory, quality);
    return { quality, files, ...measureBandwidth(files.segments, files.playlist.targetDurationSeconds) };
  }
}

function limitsFor(durationSeconds: number): ChildLimits {
  return { cpuSeconds: CPU_FLOOR_SECONDS + durationSeconds };
}
