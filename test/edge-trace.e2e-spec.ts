import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Kind {
  requests: number;
  hit: number;
  wait: number;
  miss: number;
  failed: number;
  bytes: number;
  hitBytes: number;
}
type Kinds = Record<'master' | 'playlist' | 'segment', Kind>;
interface Trace {
  plays: number;
  distinctSongs: number;
  distinctPackages: number;
  total: Kinds;
  half: Kinds;
  warm: Kinds;
  cuts: number;
  complaints: number;
  playsWithoutNode: number;
  origin: Record<'master' | 'playlist' | 'segment', { requests: number; bytes: number }>;
}

const QUALITIES = 4;

describe('a day of listening through an edge: 200 songs, Zipf(1.0), 2,000 plays', () => {
  let trace: Trace;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['bench/edge/run.mjs', '--quick'], {
      maxBuffer: 64 * 1024 ** 2,
    });
    trace = JSON.parse(stdout.trim().split('\n').at(-1)!) as Trace;
  }, 600_000);

  it('has the songs, plays and qualities of the trace', () => {
    expect(trace.plays).toBe(2_000);
    expect(trace.distinctSongs).toBeGreaterThan(180);
    expect(trace.distinctPackages).toBeGreaterThan(400);
    expect(trace.total.segment.requests).toBeGreaterThan(15_000);
  });

  it('gets at least 95 % of all segments from an edge that starts empty', () => {
    expect(trace.total.segment.hit).toBeGreaterThanOrEqual(0.95);
  });

  it('gets at least 99 % of the segments of the second thousand plays from the edge, first plays included', () => {
    expect(trace.half.segment.requests).toBeGreaterThan(7_500);
    expect(trace.half.segment.hit).toBeGreaterThanOrEqual(0.99);
    expect(trace.warm.segment.hit).toBeGreaterThanOrEqual(0.99);
  });

  it('has no broken connection and no failed response', () => {
    const { total, cuts, complaints } = trace;
    const failed = Object.values(total).map((kind) => kind.failed);
    expect({ failed, cuts, complaints }).toEqual({ failed: [0, 0, 0], cuts: 0, complaints: 0 });
  });

  it('requests each object from the server once, however many listeners play it', () => {
    const { total, origin, distinctPackages, distinctSongs } = trace;
    const segmentsOfSong = Math.ceil(total.segment.requests / trace.plays) + 1;
    // For the unused qualities of a played song, the playlist and six segments were read ahead.
    const others = QUALITIES * distinctSongs - distinctPackages;
    expect(origin.segment.requests).toBeLessThanOrEqual(distinctPackages * segmentsOfSong + 6 * others);
    expect(origin.playlist.requests).toBe(QUALITIES * distinctSongs);
    expect(origin.master.requests).toBe(distinctSongs);
  });
});
