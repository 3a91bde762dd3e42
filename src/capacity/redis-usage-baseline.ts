import type { RedisPace } from './month-plan.js';

/**
 * Redis commands at the default REDIS_IDLE_POLL_SECONDS, as test/redis-budget.e2e-spec.ts measures and prints them: for
 * an idle API and worker, and for uploading and transcoding a song of 20 s (a longer one adds commands for its
 * progress). The number per play is an upper bound, reached if the song was not played within the last minute: two
 * commands for its sources, two for its report.
 */
export const REDIS_PACE: RedisPace = { perIdleDay: 1_111, perPlay: 4, perUpload: 103 };
