import { CapacityResource, type CapacityLimit } from './capacity.js';

/** Share of a limit from which on the operator is warned. */
const WARNING_SHARE = 0.8;

export interface Use {
  limit: number;
  /** Null until it has been measured. */
  used: number | null;
  /** Average amount per song, in the unit of the limit; 0 if unknown or not applicable. */
  perSong?: number;
  /** Average amount per play, in the unit of the limit; 0 if unknown or not applicable. */
  perPlay?: number;
}

const WORDS = {
  [CapacityResource.MEDIA]: {
    name: 'Media store',
    unit: 'bytes',
    advice:
      'keep fewer generations (KEEP_GENERATIONS), end the ladder at the source (LADDER_CAP_TO_SOURCE), or move to a larger store.',
  },
  [CapacityResource.DATABASE]: {
    name: 'Database',
    unit: 'bytes',
    advice: 'keep plays for a shorter time (PLAYS_KEPT_DAYS), or take a larger database.',
  },
  [CapacityResource.REDIS]: {
    name: 'Redis',
    unit: 'commands a day',
    advice:
      'leave it unasked for longer (REDIS_IDLE_POLL_SECONDS), or run a Redis that does not bill commands.',
  },
};

/** Calculates how much of a limit is used, and how many more average songs or plays fit under it. */
export function limitOf(
  resource: CapacityResource,
  { limit, used, perSong = 0, perPlay = 0 }: Use,
): CapacityLimit {
  const { name, unit, advice } = WORDS[resource];
  const left = (each: number) =>
    each > 0 && used !== null ? Math.max(0, Math.floor((limit - used) / each)) : null;
  const warning = used !== null && used >= WARNING_SHARE * limit;
  const percent = Math.floor((100 * (used ?? 0)) / limit);
  return {
    resource,
    name,
    unit,
    limit,
    used,
    songsLeft: left(perSong),
    playsLeft: left(perPlay),
    warning,
    advice: warning ? `${name}: ${percent} % of the limit is used; ${advice}` : null,
  };
}
