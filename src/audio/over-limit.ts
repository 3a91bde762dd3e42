import type { Excess } from '../platform/child-process/child-watch.js';
import type { DomainError } from '../platform/errors/domain-error.js';
import { TimedOutError } from '../platform/errors/timed-out-error.js';
import { StalledError, TooComplexError } from './audio-errors.js';

/** The error for a confined program that was ended at one of its limits. */
export function overLimit(excess: Excess, stderr = ''): DomainError {
  if (excess === 'wall') return new TimedOutError(stderr);
  return excess === 'stalled' ? new StalledError(stderr) : new TooComplexError(stderr);
}

/**
 * Repeats `work` once if it stalled: a process that was stopped by hand or lost its disk for a moment then succeeds
 * without costing an attempt. Throws StalledError when it stalls again.
 */
export async function forgivingOneStall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StalledError)) throw error;
    return work();
  }
}
