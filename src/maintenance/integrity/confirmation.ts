import type { Config } from '../../platform/config/config.js';

const LEAST_MS = 60_000;

/** How long what is missing must have been missing, by two looks, before it counts as lost, milliseconds. */
export function confirmMs({ SELF_CHECK_SECONDS }: Pick<Config, 'SELF_CHECK_SECONDS'>): number {
  return Math.min(LEAST_MS, SELF_CHECK_SECONDS * 1000);
}
