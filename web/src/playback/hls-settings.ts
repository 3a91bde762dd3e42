import type { HlsConfig } from 'hls.js';

/**
 * Measured with `npm run bench:abr`. The first estimate is low, so a cold start begins at the lowest rung and climbs
 * with the first short segments; the factors leave the choice to the true BANDWIDTH and the table.
 */
export const HLS_SETTINGS: Partial<HlsConfig> = {
  abrEwmaDefaultEstimate: 90_000,
  abrBandWidthFactor: 0.95,
  abrBandWidthUpFactor: 0.95,
  // Segments grow from two seconds, and a measure that remembers long would lag behind a line that fell.
  abrEwmaFastVoD: 3,
  abrEwmaSlowVoD: 9,
  maxBufferLength: 30,
  maxMaxBufferLength: 60,
  backBufferLength: 30,
  // The page's policy allows no script out of a blob:, which is what its worker would be; audio needs none.
  enableWorker: false,
  startLevel: 0,
  testBandwidth: false,
};
