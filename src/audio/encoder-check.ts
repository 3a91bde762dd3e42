import { Logger } from '@nestjs/common';
import type { HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { withTimeout } from '../platform/async/with-timeout.js';
import type { Ffmpeg } from './ffmpeg.service.js';

const MISSING =
  'ffmpeg or ffprobe cannot be run: run bin/setup, or name them in FFMPEG_PATH and FFPROBE_PATH.';
const MISSING_HERE = `${MISSING} Uploads are refused meanwhile; playback is not touched.`;
const LATE = 'ffmpeg answers late: this machine is busy. Uploads and transcodes take longer; none is lost.';
const SILENT =
  'ffmpeg has not answered for ten minutes: see whether the machine is overloaded, or the disk ffmpeg lies on is away.';

/** How long a probe of /health waits, milliseconds. */
const TIMEOUT_MS = 1_500;
/** How long a good answer is cached, milliseconds. */
const REMEMBER_MS = 60_000;
/** How long a failure is cached, milliseconds: short, so that a repair shows soon. */
const FAILURE_CACHE_MS = 1_000;
/** For this long after a good answer or the start of the process, a slow answer is not a failure, milliseconds. */
const FORGIVEN_MS = 600_000;

export type EncoderState = 'well' | 'missing' | 'late' | 'silent';

/** What is known about ffmpeg; times in epoch milliseconds. */
export interface EncoderKnowledge {
  /** Time of the last good answer, or of the start of this process. */
  readonly goodAt: number;
  readonly version?: string;
  /** Whether ffmpeg could not be run at the last check. */
  readonly missing: boolean;
}

/** The state at `now`: 'missing' only if ffmpeg cannot be run; if it is slow, first 'late', then 'silent'. */
export function encoderState({ goodAt, version, missing }: EncoderKnowledge, now: number): EncoderState {
  if (missing) return 'missing';
  if (version !== undefined && now - goodAt < REMEMBER_MS) return 'well';
  return now - goodAt < FORGIVEN_MS ? 'late' : 'silent';
}

/**
 * The /health check of ffmpeg. ffmpeg is slow on every machine that transcodes, so a slow answer is reported but makes
 * a server unready only after ten minutes. A server that does not transcode (`needed` false) stays ready without
 * ffmpeg.
 */
export class EncoderCheck {
  readonly name = 'ffmpeg';
  private readonly logger = new Logger('Health');
  private known: EncoderKnowledge = { goodAt: Date.now(), missing: false };
  private asked = false;
  private askedAt = 0;
  private asking?: Promise<void>;
  private loggedState: EncoderState = 'well';

  constructor(
    private readonly ffmpeg: Pick<Ffmpeg, 'version'>,
    private readonly needed: boolean,
  ) {}

  report(indicators: HealthIndicatorService): HealthIndicatorFunction {
    return async () => {
      await withTimeout(TIMEOUT_MS, this.refresh(), () => undefined);
      const indicator = indicators.check(this.name);
      const { version } = this.known;
      const state = this.state();
      if (state === 'well') return indicator.up({ version });
      const facts = version === undefined ? {} : { version };
      if (state === 'late') return indicator.degraded({ ...facts, advice: [LATE] });
      if (!this.needed) return indicator.degraded({ advice: [state === 'missing' ? MISSING_HERE : SILENT] });
      return indicator.down({ message: state === 'missing' ? MISSING : SILENT });
    };
  }

  /** Whether ffmpeg could be run at the last check, without waiting; undefined before the first. */
  lastFinding(): boolean | undefined {
    void this.refresh();
    return this.asked ? ['well', 'late'].includes(encoderState(this.known, Date.now())) : undefined;
  }

  private refresh(): Promise<void> {
    const now = Date.now();
    const fresh = this.known.missing
      ? now - this.askedAt < FAILURE_CACHE_MS
      : encoderState(this.known, now) === 'well';
    if (fresh) return Promise.resolve();
    // If ffmpeg hangs, it is run once, not once per probe; a late answer serves the next probe.
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<void> {
    try {
      const version = await this.ffmpeg.version();
      const missing = version === undefined;
      this.known = missing ? { ...this.known, missing } : { goodAt: Date.now(), version, missing };
      this.asked = true;
    } catch {
      // Neither a version nor a failure to run: it is late.
      this.known = { ...this.known, missing: false };
    } finally {
      this.askedAt = Date.now();
    }
  }

  /** The state, which is logged when it changes. */
  private state(): EncoderState {
    const state = encoderState(this.known, Date.now());
    if (state !== this.loggedState) {
      if (state === 'well') this.logger.log('ffmpeg recovered');
      else if (state === 'late') this.logger.warn('ffmpeg: answers late');
      else this.logger.error(`ffmpeg: ${state === 'missing' ? 'cannot be run' : 'does not answer'}`);
    }
    this.loggedState = state;
    return state;
  }
}
