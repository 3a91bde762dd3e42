import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { AudioValidator } from '../src/audio/audio-validator.service.js';
import { Ffmpeg } from '../src/audio/ffmpeg.service.js';
import type { FfmpegRun, FfmpegResult } from '../src/audio/ffmpeg.service.js';
import { Config } from '../src/platform/config/config.js';
import { QUALITIES } from '../src/songs/processing/quality.js';
import { PUBLIC_MEDIA, songMedia } from '../src/songs/media/song-media.js';
import { CpuBudget } from '../src/transcoding/cpu-budget.service.js';
import type { HlsPackage } from '../src/transcoding/hls-package.js';
import { HlsPackager } from '../src/transcoding/hls-packager.service.js';
import type { PackOptions } from '../src/transcoding/hls-packager.service.js';
import { AudioFiles, processesMentioning } from './support/audio-files.js';

const files = AudioFiles.open();

beforeAll(async () => {
  Logger.overrideLogger(false);
});
function packager(
  env: Record<string, string> = {},
  ffmpegOf: new (config: Config) => Ffmpeg = Ffmpeg,
): HlsPackager {
  const config = Config.load({ TRANSCODE_CPUS: '2', ...env });
  return new HlsPackager(config, new ffmpegOf(config), new CpuBudget(config));
}

/** Validates and packages a file in the same order as the worker. */
async function pack(
  name: string,
  env: Record<string, string> = {},
  more: Partial<PackOptions> = {},
): Promise<HlsPackage> {
  const config = Config.load({ MIN_SONG_SECONDS: '0.5', ...env });
  const { durationSeconds } = await new AudioValidator(config, new Ffmpeg(config)).validate(files.path(name));
  return packager(env).pack({
    source: files.path(name),
    durationSeconds,
    directory: files.path(`${name}.hls`),
    ...more,
  });
}

const text = (name: string, path: string) => readFile(`${files.path(`${name}.hls`)}/${path}`, 'utf8');

describe('HlsPackager', () => {
  it('makes four qualities of a song with an embedded cover and lists the master playlist last', async () => {
    await files.make('song.mp3', '-b:a 128k', 'anoisesrc=d=13:c=pink:a=0.4');
    await files.ffmpeg('-f lavfi -i testsrc=size=600x600 -frames:v 1', 'cover.png');
    const inputs = `-i ${files.path('song.mp3')} -i ${files.path('cover.png')} -map 0 -map 1 -c copy`;
    await files.ffmpeg(`${inputs} -disposition:v attached_pic`, 'cover.mp3');
    const progress: number[] = [];

    const packed = await pack('cover.mp3', {}, { onProgress: (percent) => progress.push(percent) });

    expect(packed.durationSeconds).toBeCloseTo(13.023, 2);
    expect(packed.renditions.map(({ name, segments }) => [name, segments])).toEqual([
      ['64k', 7],
      ['128k', 7],
      ['256k', 7],
      ['320k', 7],
    ]);
    expect(packed.files.map(({ path }) => path).slice(-5)).toEqual([
      '64k/playlist.m3u8',
      '128k/playlist.m3u8',
      '256k/playlist.m3u8',
      '320k/playlist.m3u8',
      'master.m3u8',
    ]);
    for (const { path, bytes, contentType } of packed.files) {
      expect(songMedia.hls('0123456789abcdef01234567', 'g0000000', path)).toMatch(PUBLIC_MEDIA);
      expect(bytes).toBe((await readFile(`${files.path('cover.mp3.hls')}/${path}`)).length);
      const types = { ts: 'video/mp2t', m3u8: 'application/vnd.apple.mpegurl', json: 'application/json' };
      expect(contentType).toBe(types[path.split('.')[1] as keyof typeof types]);
    }
    expect(progress.at(-1)).toBe(100);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect((await text('cover.mp3', 'master.m3u8')).split('\n')[4]).toBe('128k/playlist.m3u8');
    expect(await text('cover.mp3', '64k/playlist.m3u8')).toBe(await text('cover.mp3', '320k/playlist.m3u8'));
  });

  it.each(['mpegts', 'fmp4'])(
    'cuts %s at the same boundaries in every quality, beginning with short segments',
    async (type) => {
      const directory = files.path(`${type}-cuts.hls`);
      await files.make('long.mp3', '-b:a 128k', 'anoisesrc=d=45.8:c=pink:a=0.4');
      await pack('long.mp3', { SEGMENT_TYPE: type }, { directory });
      const lists = await Promise.all(
        QUALITIES.map(({ name }) => readFile(join(directory, name, 'playlist.m3u8'), 'utf8')),
      );
      expect(new Set(lists).size).toBe(1);
      const lengths = [...lists[0]!.matchAll(/EXTINF:([\d.]+)/g)].map(([, seconds]) => Number(seconds));
      const planned = [2, 1.5, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 6.3];
      expect(lengths).toHaveLength(planned.length);
      for (const [i, seconds] of planned.entries())
        expect(Math.abs(lengths[i]! - seconds)).toBeLessThan(0.05);
    },
  );

  it('makes fMP4 when SEGMENT_TYPE is fmp4', async () => {
    const { files: made } = await pack(
      'cover.mp3',
      { SEGMENT_TYPE: 'fmp4' },
      { directory: files.path('fmp4.hls') },
    );
    expect(made.slice(0, 3)).toEqual([
      { path: '64k/init.mp4', bytes: expect.any(Number), contentType: 'audio/mp4' },
      { path: '64k/segment-00000.m4s', bytes: expect.any(Number), contentType: 'audio/mp4' },
      { path: '64k/segment-00001.m4s', bytes: expect.any(Number), contentType: 'audio/mp4' },
    ]);
    expect(await text('fmp4', '128k/playlist.m3u8')).toContain('#EXT-X-VERSION:6');
    for (const { path } of made) {
      expect(songMedia.hls('0123456789abcdef01234567', 'g0000000', path)).toMatch(PUBLIC_MEDIA);
    }
  });

  it('gives each rung of a silent song a bandwidth of its own, so that players see distinct streams', async () => {
    await files.make('silence.flac', '', 'anullsrc=r=44100:d=8');
    const { renditions } = await pack('silence.flac');
    const bandwidths = renditions.map(({ bandwidth }) => bandwidth);
    expect(bandwidths).toEqual([...new Set(bandwidths)].toSorted((a, b) => a - b));
  });

  it.each([
    ['half.wav', '-t 0.5'],
    ['short.mp3', '-t 1.5'],
    ['stub.wav', '-t 6.05'],
    ['surround.flac', '-ac 6 -ar 48000'],
    ['phone.wav', '-ac 1 -ar 8000'],
    ['studio.wav', '-ar 192000 -c:a pcm_s24le'],
    ['voice.ogg', '-c:a libopus'],
    ['film.webm', '-c:a libvorbis'],
    ['old.wma', '-c:a wmav2'],
    ['book.m4a', '-c:a aac'],
  ])('packages %s in four qualities', async (name, options) => {
    await files.make(name, options, 'sine=frequency=440:sample_rate=44100:d=7');
    const { renditions } = await pack(name);
    expect(renditions).toHaveLength(4);
    expect(await text(name, '64k/playlist.m3u8')).not.toContain('TARGETDURATION:0');
  });

  it('packages a song whose sample rate changes half-way', async () => {
    await files.make('a.mp3', '-b:a 128k -write_xing 0');
    await files.make('b.mp3', '-b:a 128k -ar 48000 -write_xing 0');
    await files.join('mixed.mp3', 'a.mp3', 'b.mp3');
    expect((await pack('mixed.mp3')).durationSeconds).toBeGreaterThan(10);
  });

  it('downmixes loud surround sound without clipping', async () => {
    const loud = 'volume=18dB,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0';
    await files.ffmpeg(`-f lavfi -i sine=frequency=440:d=3,${loud} -c:a pcm_s16le`, 'loud.wav');
    await pack('loud.wav');
    expect(await files.peak(files.path('loud.wav.hls/320k/segment-00000.ts'))).toBeLessThan(0.5);
  });

  it('produces identical bytes for the same song', async () => {
    await pack('cover.mp3', {}, { directory: files.path('again.hls') });
    for (const path of ['128k/segment-00001.ts', 'master.m3u8']) {
      expect(
        (await readFile(files.path(`again.hls/${path}`))).equals(
          await readFile(files.path(`cover.mp3.hls/${path}`)),
        ),
      ).toBe(true);
    }
  });

  it('stops within a second when cancelled and leaves no encoder running', async () => {
    await files.make('long.wav', '', 'anoisesrc=d=300');
    const cancel = new AbortController();
    let cancelledAt = 0;
    const onProgress = () => {
      cancelledAt ||= Date.now();
      cancel.abort(new Error('the worker is shutting down'));
    };
    await expect(pack('long.wav', {}, { signal: cancel.signal, onProgress })).rejects.toThrow(
      'shutting down',
    );
    expect(Date.now() - cancelledAt).toBeLessThan(1000);
    expect(await processesMentioning(files.path('long.wav'))).toEqual([]);
  });

  it('stops all rungs when one fails', async () => {
    /** An ffmpeg whose 256k rung times out after half a second. */
    class Failing extends Ffmpeg {
      override run(run: FfmpegRun): Promise<FfmpegResult> {
        return run.outputOptions.includes('256k')
          ? super.run({ ...run, limits: { cpuSeconds: 60, wallSeconds: 0.5 } })
          : super.run(run);
      }
    }
    const failing = packager({}, Failing).pack({
      source: files.path('long.wav'),
      durationSeconds: 300,
      directory: files.path('failing.hls'),
    });
    await expect(failing).rejects.toMatchObject({ code: 'TIMED_OUT', retryable: true });
    expect(await processesMentioning(files.path('long.wav'))).toEqual([]);
  });

  it('fails with DISK_FULL, to be retried, when the disk is full', async () => {
    class Full extends Ffmpeg {
      override run(run: FfmpegRun): Promise<FfmpegResult> {
        return super.run({ ...run, outputOptions: ['-f', 'wav'], output: '/dev/full' });
      }
    }
    const full = packager({}, Full).pack({
      source: files.path('long.wav'),
      durationSeconds: 300,
      directory: files.path('full.hls'),
    });
    await expect(full).rejects.toMatchObject({ code: 'DISK_FULL', retryable: true });
  });

  it('rejects a package whose sound differs from the requested format', async () => {
    class Slow extends Ffmpeg {
      override run(run: FfmpegRun): Promise<FfmpegResult> {
        const outputOptions = run.outputOptions.map((option) => (option === '44100' ? '22050' : option));
        return super.run({ ...run, outputOptions });
      }
    }
    const options = { source: files.path('a.mp3'), durationSeconds: 5, directory: files.path('slow.hls') };
    await expect(packager({}, Slow).pack(options)).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      check: 'sound',
    });
  });

  it('rejects a package shorter than the song', async () => {
    const options = { source: files.path('a.mp3'), durationSeconds: 60, directory: files.path('less.hls') };
    await expect(packager().pack(options)).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      check: 'duration',
    });
  });
});
