import type { Excess } from '../platform/child-process/child-watch.js';
import type { DomainError } from '../platform/errors/domain-error.js';
import { TimedOutError } from '../platform/errors/timed-out-error.js';
import { StalledError, TooComplexError } from './audio-errors.js';

/** What it means that a confined program was ended at one of its limits. */
export function overLimit(excess: Excess, stderr = ''): DomainError {
  if (excess === 'wall') return new TimedOutError(stderr);
  return excess === 'stalled' ? new StalledError(stderr) : new TooComplexError(stderr);
}

/**
 * Does `work` again when it stood still: what was stopped by hand or lost its disk for a moment runs through at once, and
 * costs nobody an attempt. Throws StalledError when it stands still again.
 */
export async function forgivingOneStall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StalledError)) throw error;
    return work();
  }
}
