import type { Normalisation } from './loudness.js';
import type { Queue } from './queue.js';
import type { Sources } from './sources.js';

export type Status = 'idle' | 'loading' | 'playing' | 'paused' | 'failed';

export interface PlayerState {
  queue: Queue;
  status: Status;
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  normalisation: Normalisation;
  /** What the listener asked for: "auto" or a quality's name. */
  quality: string;
  /** What sounds now: a quality's name, "original", or null before the first sound. */
  sounding: string | null;
  /** What the network gave lately, kbit/s. */
  bandwidthKbps: number | null;
  sources: Sources | null;
  error: string | null;
}

/** Apart from the rest, because it changes four times a second. Seconds. */
export interface Clock {
  position: number;
  duration: number;
  bufferedTo: number;
}
