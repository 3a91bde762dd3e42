import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { AudioValidator } from '../src/audio/audio-validator.service.js';
import { Ffmpeg } from '../src/audio/ffmpeg.service.js';
import { surveySound, type SoundSurvey } from '../src/audio/sound-survey.js';
import { Config } from '../src/platform/config/config.js';
import { CpuBudget } from '../src/transcoding/cpu-budget.service.js';
import { HlsPackager } from '../src/transcoding/hls-packager.service.js';
import { AudioFiles, processesMentioning } from './support/audio-files.js';

const run = promisify(execFile);
const RATE = 44_100;

const files = AudioFiles.open();
let ffmpeg: Ffmpeg;
let config: Config;

beforeAll(async () => {
  Logger.overrideLogger(false);
  config = Config.load({ TRANSCODE_CPUS: '2' });
  ffmpeg = new Ffmpeg(config);
});
/** Makes a file from one ffmpeg source expression, and measures it. */
async function survey(name: string, source: string, options = '', durationSeconds = 5): Promise<SoundSurvey> {
  await files.ffmpeg(`-f lavfi -i ${source} ${options}`, name);
  return surveySound(ffmpeg, { input: files.path(name), durationSeconds, limits: { cpuSeconds: 60 } });
}

/** A sine in both channels whose crests reach this level, dBFS. */
const stereoSine = (dbfs: number, seconds: number, rate = 48_000) => {
  const one = `${10 ** (dbfs / 20)}*sin(2*PI*1000*t)`;
  return `aevalsrc=${one}|${one}:s=${rate}:d=${seconds}`;
};

describe('loudness', () => {
  it('reads -23.0 LUFS of a stereo 1 kHz sine at -23 dBFS (EBU Tech 3341, case 1)', async () => {
    const { integratedLufs, rangeLu } = await survey('ebu1.wav', stereoSine(-23, 20), '-c:a pcm_f32le', 20);
    expect(Math.abs(integratedLufs! + 23)).toBeLessThanOrEqual(0.1);
    expect(rangeLu).toBeLessThan(0.2);
  });

  it('reads -33.0 LUFS 10 dB below (case 2), at another sample rate', async () => {
    const { integratedLufs } = await survey('ebu2.flac', stereoSine(-33, 20, 96_000), '', 20);
    expect(Math.abs(integratedLufs! + 33)).toBeLessThanOrEqual(0.1);
  });

  it('does not count quiet passages (case 3: -36, -23, -36 dBFS)', async () => {
    const source = (level: number, seconds: number) => stereoSine(level, seconds);
    await files.ffmpeg(`-f lavfi -i ${source(-36, 5)}`, 'quiet.wav');
    await files.ffmpeg(`-f lavfi -i ${source(-23, 20)}`, 'loud.wav');
    const inputs = ['quiet', 'loud', 'quiet'].map((name) => `-i ${files.path(`${name}.wav`)}`).join(' ');
    await files.ffmpeg(`${inputs} -filter_complex concat=n=3:v=0:a=1`, 'ebu3.wav');
    const input = files.path('ebu3.wav');
    const { integratedLufs } = await surveySound(ffmpeg, {
      input,
      durationSeconds: 30,
      limits: { cpuSeconds: 60 },
    });
    expect(Math.abs(integratedLufs! + 23)).toBeLessThanOrEqual(0.1);
  });

  it('finds the peak between the samples', async () => {
    // A quarter of the sample rate, sampled 45 degrees beside its crests: every sample is 3 dB below the true peak.
    // It fades in and out: a sudden end overshoots.
    const tone = '0.5*min(1\\,min(t\\,5-t))*sin(PI/2*n+PI/4)';
    const { truePeak, samplePeak } = await survey('between.wav', `aevalsrc=${tone}|${tone}:s=44100:d=5`);
    expect(samplePeak).toBeCloseTo(0.5 * Math.SQRT1_2, 3);
    expect(Math.abs(20 * Math.log10(truePeak / 0.5))).toBeLessThan(0.3);
  });

  it('reports a true peak above full scale unchanged', async () => {
    const tone = '1.2*sin(PI/2*n+PI/4)';
    const { truePeak } = await survey('over.wav', `aevalsrc=${tone}|${tone}:s=44100:d=5`, '-c:a pcm_f32le');
    expect(truePeak).toBeGreaterThan(1.1);
  });

  it('is null for silence and for less than one block of sound', async () => {
    const silence = await survey('silence.flac', 'anullsrc=r=44100:d=5');
    expect(silence).toMatchObject({ integratedLufs: null, rangeLu: null, truePeak: 0, trailing: 0 });
    expect(silence.leading).toBe(silence.samples);
    expect(await survey('blip.wav', stereoSine(-12, 0.3), '', 0.3)).toMatchObject({ integratedLufs: null });
  });

  it.each([
    ['mono.wav', 'sine=frequency=1000:sample_rate=44100:d=5', '-ac 1'],
    ['phone.wav', 'sine=frequency=1000:sample_rate=8000:d=5', '-ac 1'],
    ['surround.flac', 'sine=frequency=1000:sample_rate=48000:d=5', '-ac 6'],
    ['studio.wav', 'sine=frequency=1000:sample_rate=192000:d=5', '-ac 2 -c:a pcm_s24le'],
    ['lossy.mp3', 'sine=frequency=1000:sample_rate=44100:d=5', '-ac 2'],
  ])('measures %s', async (name, source, options) => {
    const { samples, integratedLufs, truePeak } = await survey(name, source, options);
    expect(Math.abs(samples - 5 * RATE)).toBeLessThan(100);
    expect(integratedLufs).toBeGreaterThan(-40);
    expect(integratedLufs).toBeLessThan(-10);
    expect(truePeak).toBeGreaterThan(0.03);
  });

  it('is measured, not taken from tags', async () => {
    const lie = '-metadata lavfi.r128.I=-1 -metadata title=lavfi.r128.I=-1 -metadata:s:a lavfi.r128.I=-1';
    const { integratedLufs } = await survey('liar.ogg', stereoSine(-23, 5), `${lie} -c:a libvorbis`);
    expect(integratedLufs).toBeLessThan(-22);
  });

  it('stops measuring at once when cancelled', async () => {
    const input = await files.make('long.wav', '', 'anoisesrc=d=400');
    const cancel = new AbortController();
    const surveyed = surveySound(ffmpeg, {
      input,
      durationSeconds: 400,
      limits: { cpuSeconds: 60 },
      signal: cancel.signal,
    });
    setTimeout(() => cancel.abort(new Error('changed my mind')), 200);
    await expect(surveyed).rejects.toThrow('changed my mind');
    expect(await processesMentioning(input)).toEqual([]);
  });
});

describe('silence and waveform', () => {
  it('give the seconds at which the sound begins and ends', async () => {
    const tone = 'if(between(t\\,0.75\\,3.5)\\,0.5*sin(2*PI*1000*t)\\,0.0005*sin(2*PI*300*t))';
    const { leading, trailing } = await survey('pauses.flac', `aevalsrc=${tone}:s=48000:d=5`);
    expect(Math.abs(leading / RATE - 0.75)).toBeLessThan(0.02);
    expect(Math.abs(trailing / RATE - 1.5)).toBeLessThan(0.02);
  });

  it('show a step at its place, as high as the louder channel', async () => {
    const source = 'aevalsrc=if(lt(t\\,2)\\,0.25\\,0)|if(lt(t\\,2)\\,0\\,-0.75):s=44100:d=8';
    const { peaks } = await survey('step.wav', source, '', 8);
    expect(peaks).toHaveLength(800);
    expect(peaks.slice(0, 199).every((peak) => Math.abs(peak - 0.25) < 0.001)).toBe(true);
    expect(peaks.slice(201).every((peak) => Math.abs(peak - 0.75) < 0.001)).toBe(true);
  });

  it('show every click, however short', async () => {
    const click = 'if(eq(n\\,123456)\\,0.9\\,0.01)';
    const { peaks } = await survey('click.wav', `aevalsrc=${click}|0.01:s=44100:d=5`);
    expect(peaks.flatMap((peak, point) => (peak > 0.5 ? [point] : []))).toEqual([
      Math.floor((123_456 * 800) / (5 * RATE)),
    ]);
  });
});

describe('gapless numbers', () => {
  /** Samples of the left channel, as a player without gapless information plays a rendition. */
  async function decoded(path: string): Promise<Float32Array> {
    const args = ['-v', 'error', '-i', path, '-af', 'pan=mono|c0=c0', '-f', 'f32le', '-'];
    const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1 << 28 });
    return new Float32Array(Uint8Array.from(stdout).buffer);
  }

  /** Packages a file as the worker does; the joined segments of one quality. */
  async function packed(name: string, quality: string) {
    const { durationSeconds } = await new AudioValidator(config, ffmpeg).validate(files.path(name));
    const directory = files.path(`${name}.hls`);
    const { facts } = await new HlsPackager(config, ffmpeg, new CpuBudget(config)).pack({
      source: files.path(name),
      durationSeconds,
      directory,
    });
    const names = (await readdir(`${directory}/${quality}`)).filter((file) => file.endsWith('.ts')).sort();
    const parts = await Promise.all(names.map((file) => readFile(`${directory}/${quality}/${file}`)));
    await rm(directory, { recursive: true });
    return { facts, path: await files.write(`${name}.ts`, Buffer.concat(parts)) };
  }

  /** The offset at which `b` matches `a` best, in samples, around a place in the middle. */
  function lagOf(a: Float32Array, b: Float32Array, at: number, reach: number): number {
    let best = { lag: 0, product: -Infinity };
    for (let lag = -reach; lag <= reach; lag++) {
      let product = 0;
      for (let i = at; i < at + 8192; i++) product += a[i]! * b[i + lag]!;
      if (product > best.product) best = { lag, product };
    }
    return best.lag;
  }

  it.each([
    ['whole-frames', 300 * 1024],
    ['one-more', 300 * 1024 + 1],
    ['one-less', 300 * 1024 - 1],
    ['any', 123_457],
  ])('let a player restore the song to the sample (%s)', async (name, samples) => {
    const noise = `anoisesrc=c=pink:a=0.5:r=44100:seed=7:d=20,atrim=end_sample=${samples}`;
    await files.ffmpeg(`-f lavfi -i ${noise} -ac 2 -c:a pcm_s16le`, `${name}.wav`);
    const { facts, path } = await packed(`${name}.wav`, '256k');
    const { encoderDelaySamples, paddingSamples, totalSamples, sampleRateHz } = facts.gapless!;
    expect({ totalSamples, sampleRateHz }).toEqual({ totalSamples: samples, sampleRateHz: RATE });
    const [song, heard] = await Promise.all([decoded(files.path(`${name}.wav`)), decoded(path)]);
    expect(heard).toHaveLength(encoderDelaySamples + totalSamples + paddingSamples);
    const trimmed = heard.subarray(encoderDelaySamples, heard.length - paddingSamples);
    expect(trimmed).toHaveLength(song.length);
    expect(lagOf(song, trimmed, 60_000, 1100)).toBe(0);
  });

  it('are null instead of a guess where a file changes its sample rate', async () => {
    await files.make('a.mp3', '-b:a 128k -write_xing 0');
    await files.make('b.mp3', '-b:a 128k -ar 48000 -write_xing 0');
    await files.join('mixed.mp3', 'a.mp3', 'b.mp3');
    const { facts } = await packed('mixed.mp3', '64k');
    expect(facts.gapless).toBeNull();
    expect(facts.loudness.integratedLufs).toBeGreaterThan(-25);
  });
});
