import { describe, expect, it } from '@jest/globals';
import { CloudflareError } from '../rules/cloudflare-api.js';
import { afterFailure, purgePrefix } from './cdn-purge-plan.js';

const error = (status: number, retryAfter: number | null = null) =>
  new CloudflareError('no', status, '/purge_cache', retryAfter);

describe('purgePrefix', () => {
  it('has no scheme and no trailing slash', () => {
    expect(purgePrefix('https://media.example.com', 'songs/1/')).toBe('media.example.com/songs/1');
    expect(purgePrefix('https://cdn.example.com/media', 'songs/1/original-2.mp3')).toBe(
      'cdn.example.com/media/songs/1/original-2.mp3',
    );
  });
});

describe('afterFailure', () => {
  it.each([0, 408, 429, 500, 503])('retries a %i with growing pauses of at most 15 minutes', (status) => {
    const pauses = [1, 2, 3, 20].map((failures) => afterFailure(error(status), failures, 12).pauseSeconds);
    expect(pauses).toEqual([24, 48, 96, 900]);
    expect(afterFailure(error(status), 1, 12).outcome).toBe('retried');
  });

  it('respects Retry-After up to one hour', () => {
    expect(afterFailure(error(429, 100), 1, 12).pauseSeconds).toBe(100);
    expect(afterFailure(error(429, 1), 1, 12).pauseSeconds).toBe(24);
    expect(afterFailure(error(429, 86_400), 1, 12).pauseSeconds).toBe(3600);
  });

  it.each([400, 401, 403])('does not retry a %i within one hour', (status) => {
    expect(afterFailure(error(status), 1, 12)).toEqual({ outcome: 'refused', pauseSeconds: 3600 });
  });
});
