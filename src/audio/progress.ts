/** The state of a run according to ffmpeg's `-progress` output. */
export interface Progress {
  /** End of the written audio, seconds. */
  readonly seconds: number;
  /** Whether ffmpeg wrote `progress=end`, which it does when it completes by itself. */
  readonly finished: boolean;
}

export const NO_PROGRESS: Progress = { seconds: 0, finished: false };

/**
 * Applies one `key=value` line. `out_time_ms` is in microseconds, too, a known error of ffmpeg; the first may be N/A.
 */
export function advance(progress: Progress, line: string): Progress {
  const [key, value = ''] = line.trim().split('=');
  if (key === 'out_time_us' && /^\d+$/.test(value)) return { ...progress, seconds: Number(value) / 1e6 };
  if (key === 'progress') return { ...progress, finished: value === 'end' };
  return progress;
}
