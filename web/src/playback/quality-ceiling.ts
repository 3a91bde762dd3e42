/** The product's table: the best quality below `belowKbps` of measured bandwidth; the last row has no bound. */
const TABLE = [
  { belowKbps: 100, quality: '64k' },
  { belowKbps: 200, quality: '128k' },
  { belowKbps: 400, quality: '256k' },
  { belowKbps: Infinity, quality: '320k' },
] as const;

/**
 * The best quality for this measured bandwidth. Taken literally, the table would cause stalls (the 128k rung needs
 * more than 140 kbit/s on the wire), so it only limits the player's own choice.
 */
export const ceilingFor = (kbps: number): string => TABLE.find(({ belowKbps }) => kbps < belowKbps)!.quality;
