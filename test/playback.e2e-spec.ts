import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import HLS from 'hls-parser';
import type { ApiClient } from '../src/cli/api-client.js';
import { QUALITIES } from '../src/songs/processing/quality.js';
import { checkPackage } from '../src/transcoding/package-check.js';
import { FORMATS, ffmpeg, makeSong, makeTaggedSong, run, sweep } from './support/audio-fixtures.js';
import { TestServer } from './support/test-server.js';
import { bestCorrelation, decode, downloadPackage, packetTimes } from './support/playback-analysis.js';
import {
  reached,
  ready,
  sourcesOf,
  songOf,
  uploadSong,
  type TestSong,
  type TestSources,
} from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const REAL_SONG = process.env.REAL_SONG ?? '.cache/real-song.mp3';
let server: TestServer;
let client: ApiClient;
const folder = tempDir('fixtures');

beforeAll(async () => {
  server = await TestServer.start({ MEDIA_GRACE_SECONDS: '1', SWEEP_SECONDS: '1', KEEP_GENERATIONS: '2' });
  client = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

describe('a real song after transcoding', () => {
  let song: TestSong;
  let sources: TestSources;
  let copy: string;

  beforeAll(async () => {
    song = await ready(client, (await uploadSong(client, REAL_SONG)).id, 180);
    sources = await sourcesOf(client, song.id);
    copy = join(folder, 'package');
    await downloadPackage(sources.masterPlaylist!, copy);
  }, 240_000);

  it('is longer than three minutes', () => {
    expect(song.durationSeconds).toBeGreaterThan(180);
  });

  it('has four qualities whose stated bandwidth was measured', () => {
    expect(sources).toMatchObject({
      hlsAvailable: true,
      songId: song.id,
      generation: song.publishedGeneration,
    });
    expect(sources.qualities.map(({ name, label }) => [name, label])).toEqual([
      ['64k', 'LOW'],
      ['128k', 'MEDIUM'],
      ['256k', 'HIGH'],
      ['320k', 'ULTRA'],
    ]);
    for (const { bitrateKbps, bandwidth, averageBandwidth, codecs } of sources.qualities) {
      expect(averageBandwidth).toBeGreaterThan(bitrateKbps * 900);
      expect(bandwidth).toBeGreaterThanOrEqual(averageBandwidth);
      expect(bandwidth).toBeLessThan(bitrateKbps * 1350);
      expect(codecs).toBe('mp4a.40.2');
    }
  });

  it('passes every package check again when downloaded over HTTP', async () => {
    const { durationSeconds } = song;
    await checkPackage(copy, { qualities: QUALITIES, segmentType: 'mpegts', durationSeconds });
  });

  it('has only AAC-LC, 44.1 kHz, stereo in the segments of every quality', async () => {
    for (const { name } of QUALITIES) {
      const segments = (await readdir(join(copy, name))).filter((file) => file.endsWith('.ts'));
      expect(segments.length).toBeGreaterThan(30);
      const sampled = [segments[0]!, segments[Math.floor(segments.length / 2)]!, segments.at(-1)!];
      for (const segment of sampled) {
        const { stdout } = await run('ffprobe', [
          ...'-v error -show_entries stream=codec_name,profile,sample_rate,channels -of csv=p=0'.split(' '),
          join(copy, name, segment),
        ]);
        expect(new Set(stdout.trim().split('\n').filter(Boolean))).toEqual(new Set(['aac,LC,44100,2']));
      }
    }
  });

  it('has the length of the original within 30 ms and the same sound from beginning to end', async () => {
    const original = await decode(REAL_SONG);
    const ultra = await decode(join(copy, '320k', 'playlist.m3u8'));
    // The encoder's own lead-in of 1024 samples is part of the stream.
    expect(Math.abs(ultra.seconds - 1024 / 44_100 - original.seconds)).toBeLessThan(0.03);
    for (const at of [10, song.durationSeconds / 2, song.durationSeconds - 20]) {
      const { r, lagSeconds } = bestCorrelation(original.samples, ultra.samples, at);
      expect(r).toBeGreaterThan(0.98);
      expect(Math.abs(lagSeconds - 1024 / 44_100)).toBeLessThan(0.002);
    }
  }, 60_000);

  it.each(QUALITIES.map(({ name }) => name))(
    'has no gap and no overlap between packets in %s',
    async (name) => {
      const times = await packetTimes(join(copy, name));
      // One tick of the transport stream's 90 kHz clock each way, and ffprobe's rounding to microseconds.
      const jumps = times.slice(1).filter((at, i) => Math.abs(at - times[i]! - 1024 / 44_100) > 2.5 / 90_000);
      expect(jumps).toEqual([]);
      expect(times.length * (1024 / 44_100)).toBeGreaterThan(song.durationSeconds - 0.03);
    },
  );

  it('lists 128k first in its master playlist, and only relative URLs', async () => {
    const text = await (await fetch(sources.masterPlaylist!)).text();
    const master = HLS.parse(text);
    expect('variants' in master && master.variants[0]?.uri).toBe('128k/playlist.m3u8');
    expect(text).not.toContain('://');
  });

  it('is served with headers that let every cache keep it for ever', async () => {
    for (const url of [
      sources.masterPlaylist!,
      sources.qualities[0]!.url,
      new URL('320k/segment-00000.ts', sources.masterPlaylist!).href,
    ]) {
      const { status, headers } = await fetch(url);
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('etag')).toMatch(/^"/);
    }
    const missing = await fetch(new URL('320k/segment-99999.ts', sources.masterPlaylist!));
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  it('has the same URLs for a REST client, by the literal names of the qualities', async () => {
    const rest = (await (await fetch(`${server.url}/api/streaming/hls/${song.id}`)).json()) as Record<
      string,
      unknown
    >;
    expect(rest).toMatchObject({
      songId: song.id,
      hlsAvailable: true,
      masterPlaylist: sources.masterPlaylist,
    });
    expect(rest.qualities).toEqual(Object.fromEntries(sources.qualities.map(({ name, url }) => [name, url])));
  });
});

describe('transcoding of unusual files', () => {
  it.each(Object.keys(FORMATS))('%s gets four qualities of its full length', async (name) => {
    const song = await ready(client, (await uploadSong(client, await makeSong(folder, name, 13))).id);
    const { qualities, durationSeconds } = await sourcesOf(client, song.id);
    expect(qualities).toHaveLength(4);
    expect(Math.abs(durationSeconds - song.durationSeconds)).toBeLessThan(0.15);
  });

  it('a song with an embedded cover is cut into segments like any other', async () => {
    const song = await ready(client, (await uploadSong(client, await makeTaggedSong(folder, 20))).id);
    const { masterPlaylist } = await sourcesOf(client, song.id);
    const playlist = HLS.parse(await (await fetch(new URL('64k/playlist.m3u8', masterPlaylist!))).text());
    expect('segments' in playlist && playlist.segments.length).toBe(9);
  });

  it.each([
    ['silence', ['-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=stereo', '-t', '9', '-c:a', 'flac']],
    ['a very short song', [...sweep(1.2), '-c:a', 'flac']],
    ['a telephone recording', [...sweep(8, 8000), '-ac', '1', '-c:a', 'pcm_s16le', '-f', 'wav']],
    ['a studio master', [...sweep(8, 96_000), '-c:a', 'pcm_s24le', '-f', 'wav']],
    ['surround sound', [...sweep(8), '-ac', '6', '-c:a', 'flac']],
  ])('%s gets four qualities of rising bandwidth', async (what, args) => {
    const path = join(folder, `${what}.flac`);
    await ffmpeg([...args, path]);
    const song = await ready(client, (await uploadSong(client, path)).id);
    const bandwidths = (await sourcesOf(client, song.id)).qualities.map(({ bandwidth }) => bandwidth);
    expect(bandwidths).toEqual([...new Set(bandwidths)].sort((a, b) => a - b));
    expect(bandwidths).toHaveLength(4);
  });
});

describe('generations', () => {
  it('a new generation is served at once, the old one stays playable, and a rollback returns to it', async () => {
    const first = await ready(client, (await uploadSong(client, await makeSong(folder, 'gen.mp3', 9))).id);
    const before = await sourcesOf(client, first.id);
    await client.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id: first.id });
    const second = await reached(client, first.id, 'READY');
    const after = await sourcesOf(client, first.id);
    expect(after.generation).toBe(second.publishedGeneration);
    expect(after.generation).not.toBe(before.generation);
    expect(after.masterPlaylist).not.toBe(before.masterPlaylist);
    expect((await fetch(before.masterPlaylist!)).status).toBe(200);
    expect(second.generations.map(({ id }) => id)).toEqual([before.generation, after.generation]);

    await client.ask('mutation ($id: ID!, $g: ID!) { rollbackSong(songId: $id, generation: $g) { id } }', {
      id: first.id,
      g: before.generation,
    });
    expect(await sourcesOf(client, first.id)).toEqual(before);
  });

  it('only the newest KEEP_GENERATIONS generations stay in storage', async () => {
    const { id } = await ready(client, (await uploadSong(client, await makeSong(folder, 'keep.mp3', 6))).id);
    for (let i = 0; i < 2; i++) {
      await client.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
      await reached(client, id, 'READY');
    }
    const { generations } = await songOf(client, id);
    expect(generations).toHaveLength(2);
    const kept = new Set(generations.map((generation) => generation.id));
    const stored = async () =>
      (await readdir(join(server.dataDir, 'media', 'songs', id))).filter((name) => name.startsWith('g'));
    const deadline = Date.now() + 15_000;
    while ((await stored()).length > 2 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 200));
    expect(new Set(await stored())).toEqual(kept);
  });

  it('a rollback to an unknown generation answers CONFLICT', async () => {
    const { id } = await uploadSong(client, await makeSong(folder, 'unknown.mp3', 7));
    await expect(
      client.ask('mutation ($id: ID!) { rollbackSong(songId: $id, generation: "g0") { id } }', { id }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('transcoding a song whose original is missing', () => {
  it('fails with ORIGINAL_MISSING without a retry, and the published generation stays', async () => {
    const path = await makeSong(folder, 'gone.mp3', 8);
    const { id } = await ready(client, (await uploadSong(client, path)).id);
    const media = join(server.dataDir, 'media', 'songs', id);
    const original = (await readdir(media)).find((name) => name.startsWith('original-'))!;
    await rm(join(media, original));
    await client.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
    const song = await reached(client, id, 'FAILED');
    expect(song.processing.error).toMatchObject({ code: 'ORIGINAL_MISSING', retryable: false });
    expect((await sourcesOf(client, id)).hlsAvailable).toBe(true);
    expect((await stat(media)).isDirectory()).toBe(true);
  });
});
