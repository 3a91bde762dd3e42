import { parseArgs } from 'node:util';
import { REDIS_PACE, type LibraryAverages, type Plan } from '../../capacity/month-plan.js';
import { QUALITIES } from '../../songs/processing/quality.js';

export const USAGE = `
  npm run plan -- [options]

  What a month of a library costs, from measured weights: free plans, R2 and S3.

    --songs n          songs in the library (5000)
    --plays n          plays a month (5000)
    --minutes n        length of a song (4)
    --source-kbps n    bit rate of the originals (320)
    --lossless         originals are lossless: the ladder is whole whatever --ladder-cap says
    --ladder-cap       as LADDER_CAP_TO_SOURCE=true
    --listen n         share of a song that is heard in a play, 0 to 1 (0.8)
    --quality name     what a fast connection gets: 64k, 128k, 256k or 320k (320k)
    --edge-hits n      share of media requests the edge answers, 0 to 1 (0.95: the promise of the edge; 0: no edge)
    --generations n    generations kept of a song (1)
    --redis-day n      Redis commands of an idle day (${REDIS_PACE.perIdleDay}, as measured)
    --url url          take the weights from a running server's /api/streaming/stats instead

  Nothing is changed anywhere. Exit code 2: wrong usage.
`;

export interface PlanOptions {
  plan: Plan;
  url: string | undefined;
}

/** Throws an Error whose message is meant for the user. */
export function planOptions(args: string[]): PlanOptions {
  const { values } = parseArgs({
    args,
    options: {
      songs: { type: 'string', default: '5000' },
      plays: { type: 'string', default: '5000' },
      minutes: { type: 'string', default: '4' },
      'source-kbps': { type: 'string', default: '320' },
      lossless: { type: 'boolean', default: false },
      'ladder-cap': { type: 'boolean', default: false },
      listen: { type: 'string', default: '0.8' },
      quality: { type: 'string', default: '320k' },
      'edge-hits': { type: 'string', default: '0.95' },
      generations: { type: 'string', default: '1' },
      'redis-day': { type: 'string', default: String(REDIS_PACE.perIdleDay) },
      url: { type: 'string' },
    },
  });
  if (!QUALITIES.some(({ name }) => name === values.quality))
    throw new Error(`--quality must be one of ${QUALITIES.map(({ name }) => name).join(', ')}.`);
  const number = (
    name: Exclude<keyof typeof values, 'lossless' | 'ladder-cap'>,
    min: number,
    max: number,
  ) => {
    const value = Number(values[name]);
    if (!(value >= min && value <= max)) throw new Error(`--${name} must be a number from ${min} to ${max}.`);
    return value;
  };
  return {
    url: values.url?.replace(/\/+$/, ''),
    plan: {
      songs: number('songs', 1, 1e9),
      plays: number('plays', 0, 1e12),
      minutes: number('minutes', 0.5, 720),
      sourceKbps: number('source-kbps', 1, 20_000),
      lossless: values.lossless,
      capLadder: values['ladder-cap'],
      listen: number('listen', 0, 1),
      quality: values.quality,
      edgeHits: number('edge-hits', 0, 1),
      generations: number('generations', 1, 20),
      redis: { ...REDIS_PACE, perIdleDay: number('redis-day', 0, 1e12) },
    },
  };
}

/** The part of /api/streaming/stats that `--url` reads. */
export interface LibraryStats {
  songs: { total: number };
  durationSeconds: number;
  averageBytes: { original: number; renditions: Record<string, number> };
  limits: { resource: string; used: number | null }[];
  redis: { perIdleDay: number | null; perPlay: number | null } | null;
}

/** The plan with the averages of a running library. Throws if that library has no song. */
export function withLibrary(plan: Plan, stats: LibraryStats): Plan {
  const { songs, durationSeconds, averageBytes, limits, redis } = stats;
  if (songs.total === 0) throw new Error('That library has no song to learn from.');
  const database = limits.find(({ resource }) => resource === 'DATABASE')?.used ?? 0;
  const library: LibraryAverages = {
    original: averageBytes.original,
    renditions: averageBytes.renditions,
    database: database / songs.total,
  };
  const seconds = durationSeconds / songs.total;
  return {
    ...plan,
    minutes: seconds / 60,
    sourceKbps: (averageBytes.original * 8) / seconds / 1_000,
    redis: {
      ...plan.redis,
      perIdleDay: redis?.perIdleDay ?? plan.redis.perIdleDay,
      perPlay: redis?.perPlay || plan.redis.perPlay,
    },
    library,
  };
}
