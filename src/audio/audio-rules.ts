import {
  NotAudioError,
  TooLongError,
  TooShortError,
  TruncatedError,
  UnsupportedCodecError,
} from './audio-errors.js';
import { CONTAINERS } from './audio-facts.js';
import type { AudioFacts, Container } from './audio-facts.js';
import type { DeclaredLength } from './declared-length.js';
import type { Probe, ProbeStream } from './probe.js';

export interface SongLimits {
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

/** A file whose container is acceptable, so that it is worth decoding. */
export interface Candidate {
  readonly container: Container;
  readonly stream: ProbeStream;
  readonly codec: string;
}

/** ffmpeg detects an MP3 wherever two frames seem to follow each other; real MP3 files score 24 to 51. */
const LOWEST_SCORE = 2;
const SURE_SCORE = 50;
/** No MP3 or AAC needs more, kbit/s; a file above this contains mostly other data. */
const DENSEST_KBPS = 2000;
const SAMPLE_RATES = { min: 4000, max: 384_000 };
const MOST_CHANNELS = 8;

/** Checks the container before the file is decoded. Throws a DomainError with the reason. */
export function checkContainer(probe: Probe, declared: DeclaredLength, limits: SongLimits): Candidate {
  const containers = CONTAINERS.filter(({ format }) => format === probe.format);
  if (containers.length === 0 || probe.score < LOWEST_SCORE) throw new NotAudioError();
  const stream = probe.streams.find(({ type }) => type === 'audio');
  if (!stream) throw new NotAudioError('There is no audio in this file; upload a song.');
  const { codec = 'unknown', sampleRateHz, channels } = stream;
  const container = containers.find(({ codecs }) => codecs.test(codec));
  if (!container) throw unsupportedCodec(codec);
  if (sampleRateHz === 0 || channels === 0) throw new NotAudioError();
  if (sampleRateHz < SAMPLE_RATES.min || sampleRateHz > SAMPLE_RATES.max) {
    throw new UnsupportedCodecError(
      `A sample rate of ${sampleRateHz} Hz is not supported; export the song at 44100 Hz.`,
    );
  }
  if (channels > MOST_CHANNELS) {
    throw new UnsupportedCodecError(`${channels} channels are not supported; export the song in stereo.`);
  }
  if (declared.seconds !== undefined && declared.seconds > limits.maxSeconds + tolerance(declared.seconds)) {
    throw new TooLongError(declared.seconds, limits.maxSeconds);
  }
  return { container, stream, codec };
}

/** Checks the result of decoding the whole file. Throws a DomainError with the reason. */
export function checkDecoded(
  { container, stream, codec }: Candidate,
  probe: Probe,
  declared: DeclaredLength,
  decodedSeconds: number,
  limits: SongLimits,
): AudioFacts {
  if (decodedSeconds > limits.maxSeconds) throw new TooLongError(decodedSeconds, limits.maxSeconds);
  if (declared.seconds !== undefined && decodedSeconds < declared.seconds - tolerance(declared.seconds)) {
    throw new TruncatedError(decodedSeconds, declared.seconds);
  }
  if (declared.cut) throw new TruncatedError(decodedSeconds);
  const density = (probe.bytes * 8) / 1000 / decodedSeconds;
  if (decodedSeconds === 0 || (probe.score < SURE_SCORE && density > DENSEST_KBPS)) throw new NotAudioError();
  if (decodedSeconds < limits.minSeconds) throw new TooShortError(decodedSeconds, limits.minSeconds);
  return {
    container: container.container,
    extension: container.extension,
    contentType: container.contentType,
    codec,
    // The stream's bit rate may be nominal, so it is limited by the size of the file.
    bitrateKbps: Math.max(1, Math.round(Math.min(stream.bitrateKbps ?? density, density))),
    sampleRateHz: stream.sampleRateHz,
    channels: stream.channels,
    durationSeconds: decodedSeconds,
  };
}

/** Also for a codec that made ffprobe refuse the file; DRM-protected files show an unknown one. */
export function unsupportedCodec(codec: string): UnsupportedCodecError {
  return new UnsupportedCodecError(
    `This file holds something of the kind "${codec}", which is not supported; export the song as MP3, AAC, FLAC or WAV.`,
  );
}

/** Encoder delay, pre-skip, edit lists and rounding make valid files differ by some tenths of a second. */
function tolerance(declaredSeconds: number): number {
  return 0.5 + declaredSeconds * 0.005;
}
