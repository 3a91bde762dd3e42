import type { CapacityLimit } from './capacity.js';

/** From here on an operator should look for more room. */
const WARNING_SHARE = 0.8;

/** How many more songs fit if they are like those there are: each takes its share of what is used, bytes. */
export function limitOf(name: string, limit: number, used: number, songs: number): CapacityLimit {
  const perSong = songs > 0 ? used / songs : 0;
  return {
    name,
    unit: 'bytes',
    limit,
    used,
    songsLeft: perSong > 0 ? Math.max(0, Math.floor((limit - used) / perSong)) : null,
    warning: used >= WARNING_SHARE * limit,
  };
}
