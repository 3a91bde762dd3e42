/** The product's table: below `belowKbps` of measured line no more than this quality; the last has no bound. */
const TABLE = [
  { belowKbps: 100, quality: '64k' },
  { belowKbps: 200, quality: '128k' },
  { belowKbps: 400, quality: '256k' },
  { belowKbps: Infinity, quality: '320k' },
] as const;

/**
 * The best quality a line of this measured rate may have. Taken literally the table stalls (the 128k rung needs more
 * than 140 kbit/s on the wire), so it is a ceiling on what the player finds possible, never an order.
 */
export const ceilingFor = (kbps: number): string => TABLE.find(({ belowKbps }) => kbps < belowKbps)!.quality;
