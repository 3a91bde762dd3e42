import { EncoderFailedError } from './audio-errors.js';
import type { Ffmpeg, FfmpegRun } from './ffmpeg.service.js';
import { LOUDNESS_FILTER, LoudnessLines } from './loudness-lines.js';
import type { LoudnessReading } from './loudness-lines.js';
import { SoundMeter } from './sound-meter.js';
import type { MeterReading } from './sound-meter.js';

/**
 * The filter for measuring and for encoding, so that both get the same samples. Time runs without gaps from 0: gaps in
 * the file's timestamps become silence and overlaps are cut (counting samples with asetpts instead would start again
 * where a file changes its sample rate). Surround is attenuated while it is mixed to stereo, because it would otherwise
 * exceed full scale by up to 8 dB and clip.
 */
export const SOUND_FILTER = 'aresample=async=1:first_pts=0:rematrix_maxval=1';

/** Sample rate of the measurement and of our packages, so that sample counts apply to both. */
export const SURVEY_RATE_HZ = 44_100;

export type SoundSurvey = MeterReading & LoudnessReading;

/**
 * Decodes a whole song once, as the encoders get it (44.1 kHz, stereo), and measures it.
 * Throws like Ffmpeg.run.
 */
export async function surveySound(
  ffmpeg: Ffmpeg,
  order: Pick<FfmpegRun, 'input' | 'limits' | 'signal'> & { readonly durationSeconds: number },
): Promise<SoundSurvey> {
  const { input, limits, signal, durationSeconds } = order;
  const meter = new SoundMeter(durationSeconds * SURVEY_RATE_HZ);
  const loudness = new LoudnessLines();
  const { stderr } = await ffmpeg.run({
    input,
    outputOptions: surveyOptions(durationSeconds),
    output: '-',
    limits,
    signal,
    onOutput: (bytes) => meter.add(bytes),
    onLine: (line) => loudness.take(line),
  });
  const reading = meter.read();
  if (reading.samples === 0) throw new EncoderFailedError('The song could not be measured.', stderr);
  return { ...reading, ...loudness.read(reading.samples / SURVEY_RATE_HZ, reading.samplePeak) };
}

/** ffmpeg's output options for the survey. */
export function surveyOptions(durationSeconds: number): string[] {
  const packaged = `aformat=sample_rates=${SURVEY_RATE_HZ}:channel_layouts=stereo`;
  return [
    ['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    ['-af', `${SOUND_FILTER},${packaged},${LOUDNESS_FILTER}`, '-t', (durationSeconds + 1).toFixed(3)],
    ['-c:a', 'pcm_s16le', '-f', 's16le'],
  ].flat();
}
