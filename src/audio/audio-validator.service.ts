import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { EncoderFailedError, NotAudioError, TruncatedError } from './audio-errors.js';
import type { AudioFacts } from './audio-facts.js';
import { declaredLength } from './declared-length.js';
import { Ffmpeg } from './ffmpeg.service.js';
import { refusedCodec } from './input-limits.js';
import { forgivingOneStall } from './over-limit.js';
import { SOUND_FILTER } from './sound-survey.js';
import { checkDecoded, checkContainer, unsupportedCodec } from './audio-rules.js';
import type { Probe } from './probe.js';
import { demandBoundedTags } from './tag-count/bounded-tags.js';

/** Bytes that a slow processor decodes in a second. */
const BYTES_PER_SECOND = 1_000_000;
/** Seconds of audio that a slow processor decodes in a second. */
const AUDIO_PER_SECOND = 50;

/** Checks whether a file is an acceptable song and measures it. It knows paths, not songs. */
@Injectable()
export class AudioValidator {
  constructor(
    private readonly config: Config,
    private readonly ffmpeg: Ffmpeg,
  ) {}

  /**
   * Decodes the whole file. Throws NotAudioError, UnsupportedCodecError, TruncatedError, TooLongError, TooShortError or
   * TooComplexError if the file is the reason, EncoderFailedError, TimedOutError or StalledError if the server is, or
   * the signal's reason.
   */
  async validate(path: string, signal?: AbortSignal): Promise<AudioFacts> {
    const limits = { minSeconds: this.config.MIN_SONG_SECONDS, maxSeconds: this.config.MAX_SONG_SECONDS };
    await demandBoundedTags(path);
    const probe = await this.probe(path, signal);
    const declared = await declaredLength(path, probe);
    const candidate = checkContainer(probe, declared, limits);
    const decodedSeconds = await forgivingOneStall(() => this.decode(path, probe.bytes, signal));
    return checkDecoded(candidate, probe, declared, decodedSeconds, limits);
  }

  private async probe(path: string, signal?: AbortSignal): Promise<Probe> {
    try {
      return await this.ffmpeg.probe(path, signal);
    } catch (error) {
      if (!(error instanceof NotAudioError)) throw error;
      // The table of contents of an MP4 is often at the end: if it is missing, the file is truncated.
      if (error.stderr.includes('moov atom not found')) throw new TruncatedError();
      const codec = refusedCodec(error.stderr);
      throw codec === undefined ? error : unsupportedCodec(codec);
    }
  }

  /** Decoded duration, seconds; decoding stops one second after the limit. */
  private async decode(path: string, bytes: number, signal?: AbortSignal): Promise<number> {
    const { MAX_SONG_SECONDS } = this.config;
    let reached = 0;
    try {
      const { outTimeSeconds } = await this.ffmpeg.run({
        input: path,
        outputOptions: [
          ['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1'],
          ['-af', SOUND_FILTER, '-t', String(MAX_SONG_SECONDS + 1), '-f', 'null'],
        ].flat(),
        output: '-',
        limits: { cpuSeconds: 60 + bytes / BYTES_PER_SECOND + MAX_SONG_SECONDS / AUDIO_PER_SECOND },
        urgent: true,
        signal,
        onProgress: (seconds) => (reached = seconds),
      });
      return outTimeSeconds;
    } catch (error) {
      // ffmpeg stopped at an error in the file: checkDecoded decides about the part decoded until then.
      if (error instanceof EncoderFailedError && isFileError(error.exitCode)) return reached;
      throw error;
    }
  }
}

/**
 * 124 to 127 come from the confinement, 128 and above from signals; ffmpeg exits with 1, since 7.0 also an error
 * number.
 */
function isFileError(exitCode: number | undefined): boolean {
  return exitCode !== undefined && exitCode > 0 && (exitCode < 124 || (exitCode > 159 && exitCode < 255));
}
