/** What `-progress` has told so far. */
export interface Progress {
  /** End of what was written, seconds. */
  readonly seconds: number;
  /** ffmpeg said `progress=end`: it came to the end by itself. */
  readonly finished: boolean;
}

export const NO_PROGRESS: Progress = { seconds: 0, finished: false };

/** Takes one `key=value` line in. `out_time_ms` is microseconds too, a mistake ffmpeg keeps; the first may be N/A. */
export function advance(progress: Progress, line: string): Progress {
  const [key, value = ''] = line.trim().split('=');
  if (key === 'out_time_us' && /^\d+$/.test(value)) return { ...progress, seconds: Number(value) / 1e6 };
  if (key === 'progress') return { ...progress, finished: value === 'end' };
  return progress;
}
