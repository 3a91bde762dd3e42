import type { Config } from '../../platform/config/config.js';

const MAX_CONFIRM_MS = 60_000;

/** Minimum time between two checks that both find media missing before it counts as lost, milliseconds. */
export function confirmMs({ SELF_CHECK_SECONDS }: Pick<Config, 'SELF_CHECK_SECONDS'>): number {
  return Math.min(MAX_CONFIRM_MS, SELF_CHECK_SECONDS * 1000);
}
