import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { AudioValidator } from '../src/audio/audio-validator.service.js';
import { Ffmpeg } from '../src/audio/ffmpeg.service.js';
import { Config } from '../src/platform/config/config.js';
import { AudioFiles, processesMentioning } from './support/audio-files.js';
import { startProgram } from './support/program.js';

const CONFINE = new URL('../bin/confine/run', import.meta.url).pathname;

const files = AudioFiles.open();

function newValidator(): AudioValidator {
  const config = Config.load({});
  return new AudioValidator(config, new Ffmpeg(config));
}

beforeAll(async () => {
  Logger.overrideLogger(false);
  await files.make('whole.mp3', '-b:a 128k');
});
describe('Ffmpeg', () => {
  it('reports its version, and null when ffmpeg is not installed', async () => {
    expect(await new Ffmpeg(Config.load({})).version()).toMatch(/^n?\d/);
    const missing = new Ffmpeg(
      Config.load({ FFMPEG_PATH: '/nowhere/ffmpeg', FFPROBE_PATH: '/nowhere/ffprobe' }),
    );
    expect(await missing.version()).toBeUndefined();
    await expect(missing.probe(files.path('whole.mp3'))).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
    const order = {
      input: files.path('whole.mp3'),
      outputOptions: ['-f', 'null'],
      output: '-',
      limits: { cpuSeconds: 9 },
    };
    await expect(missing.run(order)).rejects.toMatchObject({ code: 'ENCODER_FAILED', retryable: true });
  });

  it('does not blame the uploader for a missing file of the server', async () => {
    await expect(newValidator().validate(files.path('nothing.mp3'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('stops at once when cancelled, before the start and half-way', async () => {
    await files.make('slow.flac', '-compression_level 0', 'anoisesrc=d=300:sample_rate=96000');
    const validator = newValidator();
    const early = AbortSignal.abort(new Error('never mind'));
    await expect(validator.validate(files.path('slow.flac'), early)).rejects.toThrow('never mind');
    const cancel = new AbortController();
    const examined = validator.validate(files.path('slow.flac'), cancel.signal);
    setTimeout(() => cancel.abort(new Error('changed my mind')), 400);
    const started = Date.now();
    await expect(examined).rejects.toThrow('changed my mind');
    expect(Date.now() - started).toBeLessThan(1500);
    expect(await processesMentioning(files.path('slow.flac'))).toEqual([]);
  });

  it('kills a run that exceeds its wall-clock limit, and does not blame the file', async () => {
    const ffmpeg = new Ffmpeg(Config.load({}));
    const order = {
      input: files.path('slow.flac'),
      outputOptions: ['-f', 'null'],
      output: '-',
      limits: { cpuSeconds: 60, wallSeconds: 0.3 },
    };
    await expect(ffmpeg.run(order)).rejects.toMatchObject({ code: 'TIMED_OUT', retryable: true });
    expect(await processesMentioning(files.path('slow.flac'))).toEqual([]);
  });

  it('kills a run that exceeds its processor time, and blames the file', async () => {
    const ffmpeg = new Ffmpeg(Config.load({}));
    const endless = {
      input: files.path('slow.flac'),
      outputOptions: ['-af', 'aloop=loop=-1:size=44100', '-f', 'null'],
    };
    const limited = ffmpeg.run({ ...endless, output: '-', limits: { cpuSeconds: 0.5 } });
    await expect(limited).rejects.toMatchObject({ code: 'TOO_COMPLEX' });
    expect(await processesMentioning(files.path('slow.flac'))).toEqual([]);
  });
});

describe('the confinement', () => {
  /** Starts a parent that runs an endless ffmpeg through bin/confine/run, and kills the parent with SIGKILL. */
  async function orphan(marker: string, env: NodeJS.ProcessEnv): Promise<string[]> {
    const endless = [
      '-nostdin',
      '-v',
      'quiet',
      '-re',
      '-f',
      'lavfi',
      '-i',
      'sine',
      '-metadata',
      `title=${marker}`,
    ];
    const args = [CONFINE, 'ffmpeg', '60', ...endless, '-f', 'null', '-'];
    const parent = startProgram('confining-parent', args, { env, stdio: 'ignore' });
    const running = async () =>
      (await processesMentioning(marker)).filter((line) => !line.includes('confining-parent'));
    for (let i = 0; i < 50 && (await running()).length === 0; i++) await pause(50);
    expect(await running()).not.toEqual([]);
    await pause(200);
    parent.kill('SIGKILL');
    for (let i = 0; i < 40 && (await running()).length > 0; i++) await pause(50);
    return running();
  }

  it('leaves no ffmpeg behind when its parent is killed', async () => {
    expect(await orphan(`orphan-${process.pid}`, process.env)).toEqual([]);
  });

  it('leaves no ffmpeg behind where setpriv is missing (macOS, Alpine)', async () => {
    const bin = files.path('bin');
    await mkdir(bin);
    for (const tool of ['env', 'nice', 'ffmpeg']) {
      const real = execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
      await symlink(real, `${bin}/${tool}`);
    }
    expect(await orphan(`piped-${process.pid}`, { PATH: bin })).toEqual([]);
  });

  it('passes no secret of the environment to the binary', () => {
    const tool = ['-c', 'exec /bin/sh "$0" env 5 $PPID', CONFINE];
    const seen = execFileSync('/bin/sh', tool, {
      env: { ...process.env, ADMIN_PASSWORD: 'secret' },
      encoding: 'utf8',
    });
    expect(seen).not.toContain('secret');
    expect(seen).toContain('LC_ALL=C.UTF-8');
  });
});
