import { DomainError } from '../platform/errors/domain-error.js';

/** The file contains no audio. */
export class NotAudioError extends DomainError {
  readonly code = 'NOT_AUDIO';

  /** @param stderr the end of ffprobe's output: only for the log, because it may contain paths */
  constructor(
    message = 'This file holds no audio that can be played; upload a song.',
    readonly stderr = '',
  ) {
    super(message);
  }
}

/** The file ends before its own header says it does. */
export class TruncatedError extends DomainError {
  readonly code = 'TRUNCATED';
  override readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param decodedSeconds undefined if the table of contents is in the missing end
   * @param declaredSeconds undefined if the container shows only that something is missing, not how much
   */
  constructor(decodedSeconds?: number, declaredSeconds?: number) {
    const whole = declaredSeconds === undefined ? '' : ` of ${clock(declaredSeconds)}`;
    const found =
      decodedSeconds === undefined
        ? 'The end of the file is missing'
        : `The file stops after ${clock(decodedSeconds)}`;
    super(`${found}${whole}; upload it again or export it anew.`);
    this.details = { decodedSeconds, declaredSeconds };
  }
}

export class TooLongError extends DomainError {
  readonly code = 'TOO_LONG';
  override readonly details: Readonly<Record<string, unknown>>;

  /** @param seconds at least this long: decoding stops soon after the limit */
  constructor(seconds: number, maxSeconds: number) {
    super(`The song lasts ${clock(seconds)} or more; the longest accepted here is ${clock(maxSeconds)}.`);
    this.details = { seconds, maxSeconds };
  }
}

export class TooShortError extends DomainError {
  readonly code = 'TOO_SHORT';
  override readonly details: Readonly<Record<string, unknown>>;

  constructor(seconds: number, minSeconds: number) {
    super(`The song lasts ${seconds.toFixed(2)} s; the shortest accepted here is ${minSeconds} s.`);
    this.details = { seconds, minSeconds };
  }
}

/** The audio has a codec or format that is not accepted. */
export class UnsupportedCodecError extends DomainError {
  readonly code = 'UNSUPPORTED_CODEC';
}

/** ffmpeg did not finish. This says nothing about the song: a retry may succeed. */
export class EncoderFailedError extends DomainError {
  readonly code = 'ENCODER_FAILED';
  override readonly status = 500;
  readonly retryable = true;

  /**
   * @param stderr the end of ffmpeg's output: only for the log, because it may contain paths
   * @param exitCode ffmpeg's exit code; undefined when it was killed or never ran
   */
  constructor(
    message: string,
    readonly stderr = '',
    readonly exitCode?: number,
  ) {
    super(message);
  }
}

/** The job was stalled twice although processors were free: something stops it. */
export class StalledError extends DomainError {
  readonly code = 'STALLED';
  override readonly status = 503;
  readonly retryable = true;

  constructor(readonly stderr = '') {
    super('The work on this file stood still and was ended; nothing is known against the file. Try again.');
  }
}

/** The file takes far more processor time or memory than a song can need, on any machine. */
export class TooComplexError extends DomainError {
  readonly code = 'TOO_COMPLEX';
  /** A transcode is retried like after any other failure, because the machine may be the reason. */
  readonly retryable = true;

  constructor(readonly stderr = '') {
    super('This file takes far more work to read than a song does; export it anew, without its tags.');
  }
}

/** The disk is full: a later retry may succeed. */
export class DiskFullError extends DomainError {
  readonly code = 'DISK_FULL';
  override readonly status = 507;
  readonly retryable = true;
  constructor() {
    super('The disk ran full while the song was being processed; it will be tried again.');
  }
}

/** 3:20, 1:02:03. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
