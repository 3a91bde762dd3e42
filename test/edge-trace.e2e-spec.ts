import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Kind {
  requests: number;
  hit: number;
  wait: number;
  miss: number;
  bytes: number;
  hitBytes: number;
}
type Kinds = Record<'master' | 'playlist' | 'segment', Kind>;
interface Trace {
  plays: number;
  distinctSongs: number;
  distinctPackages: number;
  total: Kinds;
  warm: Kinds;
  playsWithoutNode: number;
  origin: Record<'master' | 'playlist' | 'segment', { requests: number; bytes: number }>;
}

describe('a day of listening through an edge: 200 songs, Zipf(1.0), 2,000 plays', () => {
  let trace: Trace;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['bench/edge/run.mjs', '--quick'], {
      maxBuffer: 64 * 1024 ** 2,
    });
    trace = JSON.parse(stdout.trim().split('\n').at(-1)!) as Trace;
  }, 600_000);

  it('is the day that was promised', () => {
    expect(trace.plays).toBe(2_000);
    expect(trace.distinctSongs).toBeGreaterThan(180);
    expect(trace.distinctPackages).toBeGreaterThan(400);
    expect(trace.total.segment.requests).toBeGreaterThan(15_000);
  });

  it('gets at least 95 % of all segments from an edge that was empty in the morning', () => {
    expect(trace.total.segment.hit).toBeGreaterThanOrEqual(0.95);
  });

  it('gets at least 99 % of the segments from it of whatever somebody has played before', () => {
    expect(trace.warm.segment.hit).toBeGreaterThanOrEqual(0.99);
  });

  it('asks Node for each object once, however many hear it', () => {
    const { total, origin, distinctPackages, distinctSongs } = trace;
    const segmentsOfSong = Math.ceil(total.segment.requests / trace.plays) + 1;
    expect(origin.segment.requests).toBeLessThanOrEqual(distinctPackages * segmentsOfSong);
    expect(origin.playlist.requests).toBe(distinctPackages);
    expect(origin.master.requests).toBe(distinctSongs);
  });
});
