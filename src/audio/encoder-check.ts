import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import type { Ffmpeg } from './ffmpeg.js';

const MISSING =
  'ffmpeg or ffprobe cannot be run: run bin/setup, or name them in FFMPEG_PATH and FFPROBE_PATH.';
const MISSING_HERE = `${MISSING} Uploads are refused meanwhile; playback is not touched.`;
const LATE = 'ffmpeg answers late: this machine is busy. Uploads and transcodes take longer; none is lost.';
const SILENT =
  'ffmpeg has not answered for ten minutes: see whether the machine is overloaded, or the disk ffmpeg lies on is away.';

/** A probe of /health waits no longer, milliseconds. */
const TIMEOUT_MS = 1_500;
/** A good answer is not asked for again for so long, milliseconds. */
const REMEMBER_MS = 60_000;
/** A bad one is, soon: whoever mended it wants to see that, milliseconds. */
const BAD_NEWS_MS = 1_000;
/** For so long after a good answer, or after the start, being slow is no failure, milliseconds. */
const FORGIVEN_MS = 600_000;

export type EncoderState = 'well' | 'missing' | 'late' | 'silent';

/** What is known of ffmpeg; moments in milliseconds. */
export interface EncoderKnowledge {
  /** The last good answer, or when this process began. */
  readonly goodAt: number;
  readonly version?: string;
  /** The last answer was that it cannot be run. */
  readonly missing: boolean;
}

/** How ffmpeg is to be called at `now`: only what cannot be run is missing, whatever is slow is late first. */
export function encoderState({ goodAt, version, missing }: EncoderKnowledge, now: number): EncoderState {
  if (missing) return 'missing';
  if (version !== undefined && now - goodAt < REMEMBER_MS) return 'well';
  return now - goodAt < FORGIVEN_MS ? 'late' : 'silent';
}

/**
 * ffmpeg, as a part of /health. It is slow on every machine that transcodes, so slowness is told and never makes a server
 * unready before ten minutes are over. A server that only answers (`needed` false) stays ready even without it.
 */
export class EncoderCheck {
  readonly name = 'ffmpeg';
  private readonly logger = new Logger('Health');
  private known: EncoderKnowledge = { goodAt: Date.now(), missing: false };
  private asked = false;
  private askedAt = 0;
  private asking?: Promise<void>;
  private told: EncoderState = 'well';

  constructor(
    private readonly ffmpeg: Pick<Ffmpeg, 'version'>,
    private readonly needed: boolean,
  ) {}

  report(indicators: HealthIndicatorService): HealthIndicatorFunction {
    return async () => {
      await Promise.race([this.refresh(), sleep(TIMEOUT_MS, undefined, { ref: false })]);
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

  /** Whether ffmpeg could be run at the last look, without waiting for another; undefined before the first. */
  lastFinding(): boolean | undefined {
    void this.refresh();
    return this.asked ? ['well', 'late'].includes(encoderState(this.known, Date.now())) : undefined;
  }

  private refresh(): Promise<void> {
    const now = Date.now();
    const fresh = this.known.missing
      ? now - this.askedAt < BAD_NEWS_MS
      : encoderState(this.known, now) === 'well';
    if (fresh) return Promise.resolve();
    // One that hangs is asked once, not once per probe; a late answer is there for the next probe.
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
      // Neither an answer nor a refusal: it is late.
      this.known = { ...this.known, missing: false };
    } finally {
      this.askedAt = Date.now();
    }
  }

  /** The state, logged when it is another than before. */
  private state(): EncoderState {
    const state = encoderState(this.known, Date.now());
    if (state !== this.told) {
      if (state === 'well') this.logger.log('ffmpeg is well again');
      else if (state === 'late') this.logger.warn('ffmpeg: answers late');
      else this.logger.error(`ffmpeg: ${state === 'missing' ? 'cannot be run' : 'does not answer'}`);
    }
    this.told = state;
    return state;
  }
}
