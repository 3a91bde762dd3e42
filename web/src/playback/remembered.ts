import type { Normalisation } from './loudness.js';
import { EMPTY, type Queue } from './queue.js';

/** Player state that survives a reload. It contains no secrets and is removed at sign-out. */
export interface Remembered {
  queue: Queue;
  /** Position in the current song, seconds. */
  position: number;
  /** 0 to 1. */
  volume: number;
  normalisation: Normalisation;
  /** "auto" or a quality's name. */
  quality: string;
}

const KEY = 'player-1';
const FRESH: Remembered = { queue: EMPTY, position: 0, volume: 0.9, normalisation: 'album', quality: 'auto' };

export function recall(): Remembered {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return { ...FRESH, ...(stored as Partial<Remembered>) };
  } catch {
    return FRESH;
  }
}

export function remember(state: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // Storage is full or forbidden: the state is lost at a reload.
  }
}

export function forgetPlayer(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Storage is forbidden, so nothing was stored.
  }
}
