import type { SoundSurvey } from '../audio/sound-survey.js';
import { SURVEY_RATE_HZ } from '../audio/sound-survey.js';
import { loudnessOf } from '../songs/processing/loudness-of.js';
import type { Gapless, SoundFacts } from '../songs/processing/sound-facts.js';

/** Samples a channel in an AAC-LC frame. */
const FRAME_SAMPLES = 1024;
/** ffmpeg's AAC encoder puts one frame before the sound (proved by decoding: test/audio-facts.e2e-spec.ts). */
export const ENCODER_DELAY_SAMPLES = 1024;

/** Rounding adds half a microsecond a segment, not more than this in ten hours. */
const TOLERANCE_SAMPLES = 256;

/** @param packageSeconds playing time of the package, from its playlists */
export function soundFactsOf(survey: SoundSurvey, packageSeconds: number): SoundFacts {
  return {
    loudness: loudnessOf(survey),
    gapless: gaplessOf(survey.samples, packageSeconds),
    silence: {
      leadingSeconds: toMilliseconds(survey.leading / SURVEY_RATE_HZ),
      trailingSeconds: toMilliseconds(survey.trailing / SURVEY_RATE_HZ),
    },
  };
}

/** Null where the playlists tell of another length than was heard, so that nobody trims by numbers nobody proved. */
export function gaplessOf(samples: number, packageSeconds: number): Gapless | null {
  const coded = ENCODER_DELAY_SAMPLES + samples;
  // Playlists tell the coded length without the padding, but in rounded numbers: they confirm it, they do not make it.
  if (Math.abs(packageSeconds * SURVEY_RATE_HZ - coded) > TOLERANCE_SAMPLES) return null;
  return {
    encoderDelaySamples: ENCODER_DELAY_SAMPLES,
    paddingSamples: Math.ceil(coded / FRAME_SAMPLES) * FRAME_SAMPLES - coded,
    totalSamples: samples,
    sampleRateHz: SURVEY_RATE_HZ,
  };
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
