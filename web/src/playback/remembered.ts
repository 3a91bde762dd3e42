import type { Normalisation } from './loudness.js';
import { EMPTY, type Queue } from './queue.js';

/** What a listener finds again: nothing in it is secret, and another listener's page starts without it. */
export interface Remembered {
  queue: Queue;
  /** Seconds into what plays. */
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
    // Full or forbidden: then it is not found again.
  }
}

export function forgetPlayer(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
