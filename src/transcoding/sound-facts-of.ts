import type { SoundSurvey } from '../audio/sound-survey.js';
import { SURVEY_RATE_HZ } from '../audio/sound-survey.js';
import { loudnessOf } from '../songs/processing/loudness.js';
import type { Gapless, SoundFacts } from '../songs/processing/sound-facts.schema.js';

/** Samples per channel in an AAC-LC frame. */
const FRAME_SAMPLES = 1024;
/** ffmpeg's AAC encoder puts one frame before the sound (proved by decoding: test/audio-facts.e2e-spec.ts). */
export const ENCODER_DELAY_SAMPLES = 1024;

/** Rounding adds half a microsecond per segment, which is less than this in ten hours; samples. */
const TOLERANCE_SAMPLES = 256;

/** @param packageSeconds playing time of the package according to its playlists */
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

/** Null if the playlists state another length than was measured, so that players never trim by unproved numbers. */
export function gaplessOf(samples: number, packageSeconds: number): Gapless | null {
  const coded = ENCODER_DELAY_SAMPLES + samples;
  // Playlists state the coded length without the padding, but rounded, so they only confirm the measured one.
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
