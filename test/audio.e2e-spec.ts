import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { AudioValidator } from '../src/audio/audio-validator.service.js';
import { Ffmpeg } from '../src/audio/ffmpeg.service.js';
import { Config } from '../src/platform/config/config.js';
import { AudioFiles } from './support/audio-files.js';

const files = AudioFiles.open();

function newValidator(env: Record<string, string> = {}): AudioValidator {
  const config = Config.load({ MAX_SONG_SECONDS: '60', ...env });
  return new AudioValidator(config, new Ffmpeg(config));
}

const examine = (path: string) => newValidator().validate(path);

beforeAll(async () => {
  Logger.overrideLogger(false);
  await files.make('whole.mp3', '-b:a 128k');
});
describe('AudioValidator accepts', () => {
  it.each([
    ['a.mp3', '-b:a 128k', 'mp3', 'audio/mpeg'],
    ['a.m4a', '-c:a aac', 'aac', 'audio/mp4'],
    ['faststart.m4a', '-c:a aac -movflags +faststart', 'aac', 'audio/mp4'],
    ['fragments.mp4', '-c:a aac -movflags frag_keyframe+empty_moov', 'aac', 'audio/mp4'],
    ['alac.m4a', '-c:a alac', 'alac', 'audio/mp4'],
    ['flac.mp4', '-c:a flac -strict -2', 'flac', 'audio/mp4'],
    ['opus.mp4', '-c:a libopus -strict -2', 'opus', 'audio/mp4'],
    ['a.aac', '-c:a aac', 'aac', 'audio/aac'],
    ['a.flac', '', 'flac', 'audio/flac'],
    ['vorbis.ogg', '-c:a libvorbis', 'vorbis', 'audio/ogg'],
    ['opus.ogg', '-c:a libopus', 'opus', 'audio/ogg'],
    ['flac.ogg', '-c:a flac', 'flac', 'audio/ogg'],
    ['a.wav', '', 'pcm_s16le', 'audio/wav'],
    ['24.wav', '-c:a pcm_s24le', 'pcm_s24le', 'audio/wav'],
    ['float.wav', '-c:a pcm_f32le', 'pcm_f32le', 'audio/wav'],
    ['alaw.wav', '-c:a pcm_alaw', 'pcm_alaw', 'audio/wav'],
    ['mulaw.wav', '-c:a pcm_mulaw', 'pcm_mulaw', 'audio/wav'],
    ['rf64.wav', '-rf64 always', 'pcm_s16le', 'audio/wav'],
    ['a.aiff', '', 'pcm_s16be', 'audio/aiff'],
    ['24.aiff', '-c:a pcm_s24be', 'pcm_s24be', 'audio/aiff'],
    ['a.wma', '-c:a wmav2', 'wmav2', 'audio/x-ms-wma'],
    ['one.wma', '-c:a wmav1', 'wmav1', 'audio/x-ms-wma'],
    ['opus.webm', '-c:a libopus', 'opus', 'audio/webm'],
    ['vorbis.webm', '-c:a libvorbis', 'vorbis', 'audio/webm'],
    ['aac.mka', '-c:a aac', 'aac', 'audio/x-matroska'],
    ['phone.wav', '-ar 8000 -ac 1', 'pcm_s16le', 'audio/wav'],
    ['studio.flac', '-ar 192000 -sample_fmt s32', 'flac', 'audio/flac'],
    ['surround.flac', '-ar 48000 -ac 6', 'flac', 'audio/flac'],
    ['noxing.mp3', '-q:a 4 -write_xing 0', 'mp3', 'audio/mpeg'],
  ])('%s', async (name, options, codec, contentType) => {
    const facts = await examine(await files.make(name, options));
    expect(facts).toMatchObject({ codec, contentType });
    expect(facts.extension).toMatch(/^[a-z0-9]{2,4}$/);
    expect(Math.abs(facts.durationSeconds - 5)).toBeLessThan(0.12);
  });

  it.each([
    ['piped.flac', '-f flac'],
    ['piped.wav', '-f wav'],
    ['piped.webm', '-c:a libopus -f webm'],
    ['piped.ogg', '-c:a libopus -f ogg'],
    ['piped.mp3', '-q:a 4 -f mp3'],
  ])('%s, whose header has no length', async (name, options) => {
    const { durationSeconds } = await examine(await files.stream(name, options));
    expect(Math.abs(durationSeconds - 5)).toBeLessThan(0.12);
  });

  it('a song with a cover, in every container that has covers', async () => {
    await files.ffmpeg('-f lavfi -i testsrc=size=1400x1400 -frames:v 1', 'cover.png');
    for (const [name, codec] of [
      ['cover.mp3', 'libmp3lame'],
      ['cover.m4a', 'aac'],
      ['cover.flac', 'flac'],
    ] as const) {
      const inputs = `-i ${files.path('whole.mp3')} -i ${files.path('cover.png')} -map 0 -map 1`;
      await files.ffmpeg(`${inputs} -c:a ${codec} -c:v copy -disposition:v attached_pic`, name);
      expect((await examine(files.path(name))).durationSeconds).toBeCloseTo(5, 1);
    }
  });

  it('the audio track of a film, even if the video is longer', async () => {
    const film = '-f lavfi -i testsrc=size=160x120:d=9 -map 0 -map 1 -c:a aac -c:v mpeg4';
    await files.ffmpeg(`-i ${files.path('whole.mp3')} ${film}`, 'film.mp4');
    expect(await examine(files.path('film.mp4'))).toMatchObject({ codec: 'aac', contentType: 'audio/mp4' });
  });

  it('an MP3 with junk before it, tags after it, a second song appended, or a change of sample rate', async () => {
    const id3v1 = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125)]);
    const ape = Buffer.concat([Buffer.from('APETAGEX'), Buffer.alloc(24), randomBytes(500_000)]);
    await files.make('48.mp3', '-ar 48000 -b:a 128k');
    await examine(await files.join('id3v1.mp3', 'whole.mp3', id3v1));
    await examine(await files.join('ape.mp3', 'whole.mp3', ape, id3v1));
    await examine(await files.join('junk.mp3', randomBytes(300), 'whole.mp3'));
    const joined = await examine(await files.join('joined.mp3', 'whole.mp3', 'whole.mp3'));
    expect(joined.durationSeconds).toBeGreaterThan(9.9);
    const mixed = await examine(await files.join('mixed.mp3', 'whole.mp3', '48.mp3'));
    expect(mixed.durationSeconds).toBeGreaterThan(9.9);
  });

  it('a recorded broadcast: Ogg without an end-of-stream mark', async () => {
    const whole = await files.stream('broadcast.ogg', '-c:a libopus -f ogg');
    const bytes = await readFile(whole);
    const path = await files.write('broadcast.ogg', bytes.subarray(0, bytes.lastIndexOf('OggS')));
    expect((await examine(path)).durationSeconds).toBeGreaterThan(3);
  });
});

describe('AudioValidator refuses', () => {
  const refusal = (path: string) =>
    examine(path).then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );

  it.each([
    ['trunc.mp3', '-b:a 128k'],
    ['trunc.flac', ''],
    ['trunc.wav', ''],
    ['trunc64.wav', '-rf64 always'],
    ['trunc.aiff', ''],
    ['trunc.wma', '-c:a wmav2'],
    ['trunc.m4a', '-c:a aac -movflags +faststart'],
    ['trunc.webm', '-c:a libopus'],
  ])('%s cut to 31 %%, and says at which second it ends', async (name, options) => {
    await files.make(name, options);
    await expect(examine(await files.cut(name, 0.31))).rejects.toMatchObject({
      code: 'TRUNCATED',
      message: expect.stringMatching(/^The file stops after 0:0[12] of 0:05; upload it again/),
    });
  });

  it('an MP4 without its moov atom, and an Ogg that breaks off', async () => {
    await files.make('tail.m4a', '-c:a aac');
    await files.make('trunc.ogg', '-c:a libvorbis -b:a 200k', 'anoisesrc=d=20');
    await expect(examine(await files.cut('tail.m4a', 0.9))).rejects.toThrow('The end of the file is missing');
    expect(await refusal(await files.cut('trunc.ogg', 0.5))).toBe('TRUNCATED');
  });

  it('a file that is no audio, whatever its name', async () => {
    const text = (content: string) => files.write('text.mp3', content);
    await files.ffmpeg('-f lavfi -i testsrc=size=160x120:d=1 -frames:v 1', 'a.png');
    await files.ffmpeg('-f lavfi -i testsrc=size=160x120:d=1 -c:v mpeg4', 'silent-film.mp4');
    expect(await refusal(await files.write('random.mp3', randomBytes(1_000_000)))).toBe('NOT_AUDIO');
    expect(await refusal(await files.write('zeros.mp3', Buffer.alloc(1_000_000)))).toBe('NOT_AUDIO');
    expect(await refusal(await text('To be or not to be\n'.repeat(1000)))).toBe('NOT_AUDIO');
    expect(await refusal(await text(`ffconcat version 1.0\nfile '${files.path('whole.mp3')}'\n`))).toBe(
      'NOT_AUDIO',
    );
    expect(
      await refusal(
        await text(
          `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n${files.path('whole.mp3')}\n#EXT-X-ENDLIST\n`,
        ),
      ),
    ).toBe('NOT_AUDIO');
    expect(
      await refusal(await text('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>')),
    ).toBe('NOT_AUDIO');
    expect(
      await refusal(
        await files.write('zip.mp3', Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(50_000)])),
      ),
    ).toBe('NOT_AUDIO');
    expect(await refusal(files.path('a.png'))).toBe('NOT_AUDIO');
    expect(await refusal(files.path('silent-film.mp4'))).toBe('NOT_AUDIO');
  });

  it('an unsupported codec, and names it', async () => {
    await expect(examine(await files.make('ac3.m4a', '-c:a ac3'))).rejects.toMatchObject({
      code: 'UNSUPPORTED_CODEC',
      message: expect.stringContaining('"ac3"'),
    });
    expect(await refusal(await files.make('speex.ogg', '-c:a libspeex -ar 16000'))).toBe('UNSUPPORTED_CODEC');
  });

  it('hours of silence in a few megabytes, whether the header declares them or not', async () => {
    const silence = 'anullsrc=r=44100:cl=stereo:d=300';
    expect(await refusal(await files.make('long.flac', '', silence))).toBe('TOO_LONG');
    const piped = await new Promise<Buffer>((resolve, reject) => {
      const args = `-v error -f lavfi -i ${silence} -f flac pipe:1`.split(' ');
      execFile('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1 << 26 }, (e, out) =>
        e ? reject(e) : resolve(out),
      );
    });
    expect(await refusal(await files.write('long-piped.flac', piped))).toBe('TOO_LONG');
  });

  it('a fraction of a second', async () => {
    await expect(examine(await files.make('blink.wav', '-t 0.3'))).rejects.toMatchObject({
      code: 'TOO_SHORT',
    });
  });
});
