import type { RedisPace } from './month-plan.js';

/**
 * What Redis is asked at the default REDIS_IDLE_POLL_SECONDS, as test/redis-budget.e2e-spec.ts measures and prints it: an API and
 * a worker idling, and a song of 20 s uploaded and transcoded; each second a longer one takes adds its progress. A play costs at most this much, when nobody played the
 * song within the minute: two commands for its sources, two for its report.
 */
export const REDIS_PACE: RedisPace = { perIdleDay: 1_111, perPlay: 4, perUpload: 103 };
