import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TooComplexError } from '../src/audio/audio-errors.js';
import { AudioValidator } from '../src/audio/audio-validator.service.js';
import { Ffmpeg } from '../src/audio/ffmpeg.service.js';
import { demandBoundedTags } from '../src/audio/tag-count/bounded-tags.js';
import { Config } from '../src/platform/config/config.js';
import { AudioFiles } from './support/audio-files.js';
import { FORMATS, makeSong, makeTaggedSong } from './support/audio-fixtures.js';

const ABSURD = 200_000;
const files = AudioFiles.open();
let sound: Buffer;

beforeAll(async () => {
  sound = await readFile(await files.make('sound.mp3'));
});
const u32 = (value: number, littleEndian = false) => {
  const bytes = Buffer.alloc(4);
  if (littleEndian) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
};
const syncsafe = (value: number) => Buffer.from([21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f));
const many = (make: (i: number) => Buffer) =>
  Buffer.concat(Array.from({ length: ABSURD }, (_, i) => make(i)));
const latin = (text: string) => Buffer.from(text, 'latin1');
/** A box of an MP4. */
const box = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), latin(type), body]);
};
/** A chunk of a WAV. */
const chunk = (id: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([latin(id), u32(body.length, true), body]);
};
/** An element of a Matroska file, its size in four bytes. */
const element = (id: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(id, 'hex'), u32(0x10000000 + body.length), body]);
};

function id3(version: number): Buffer {
  const size = version === 4 ? syncsafe : u32;
  const frames = many((i) => {
    const text = latin(`\0k${i}\0v`);
    return Buffer.concat([latin('TXXX'), size(text.length), Buffer.alloc(2), text]);
  });
  return Buffer.concat([latin('ID3'), Buffer.from([version, 0, 0]), syncsafe(frames.length), frames]);
}

const comments = () => {
  const list = many((i) => Buffer.concat([u32(4 + String(i).length, true), latin(`k${i}=vv`)]));
  return Buffer.concat([u32(0, true), u32(ABSURD, true), list]);
};

const HOSTILE: Record<string, () => Buffer> = {
  'ID3v2.3 frames': () => Buffer.concat([id3(3), sound]),
  'ID3v2.4 frames': () => Buffer.concat([id3(4), sound]),
  'one ID3 tag after the other': () =>
    Buffer.concat([many(() => Buffer.concat([latin('ID3'), Buffer.from([4, 0, 0]), syncsafe(0)])), sound]),
  'APE items': () =>
    Buffer.concat([
      sound,
      latin('APETAGEX'),
      u32(2000, true),
      u32(32, true),
      u32(ABSURD, true),
      Buffer.alloc(12),
    ]),
  'comments of a FLAC file': () => {
    const body = comments();
    return Buffer.concat([latin('fLaC'), u32(0x84000000 + body.length), body]);
  },
  'comments of an Ogg file': () => {
    const packet = Buffer.concat([latin('OpusTags'), comments()]).subarray(0, 60_000);
    const lacing = Buffer.alloc(Math.floor(packet.length / 255), 255);
    return Buffer.concat([latin('OggS\0\0'), Buffer.alloc(20), Buffer.from([lacing.length]), lacing, packet]);
  },
  'items of an MP4': () => {
    const list = many((i) => box('----', box('mean', u32(0)), box('name', u32(0), latin(`k${i}`))));
    return Buffer.concat([
      box('ftyp', latin('M4A ')),
      box('moov', box('udta', box('meta', u32(0), box('ilst', list)))),
    ]);
  },
  'comments of a WAV': () => {
    const list = many((i) => chunk(`I${String(i % 1000).padStart(3, '0')}`, latin('vv')));
    return chunk('RIFF', latin('WAVE'), chunk('LIST', latin('INFO'), list));
  },
  'ID3 frames inside a WAV': () => chunk('RIFF', latin('WAVE'), chunk('id3 ', id3(3))),
  'tags of a Matroska file': () => {
    const tags = many((i) => element('67c8', element('45a3', latin(`k${i}`))));
    return Buffer.concat([
      element('1a45dfa3'),
      element('18538067', element('1254c367', element('7373', tags))),
    ]);
  },
};

describe('a file with 200,000 tags:', () => {
  it.each(Object.keys(HOSTILE))('%s are refused quickly, before ffprobe reads the file', async (name) => {
    const config = Config.load({ FFPROBE_PATH: '/nowhere/ffprobe' });
    const validator = new AudioValidator(config, new Ffmpeg(config));
    const path = await files.write('hostile', HOSTILE[name]!());
    const cpuSeconds: number[] = [];
    let refusal!: TooComplexError;
    // The first time also pays for what making the file has left to the garbage collector.
    for (let time = 0; time < 2; time++) {
      const began = process.cpuUsage();
      refusal = (await validator.validate(path).catch((error: unknown) => error)) as TooComplexError;
      const { user, system } = process.cpuUsage(began);
      cpuSeconds.push((user + system) / 1e6);
    }
    expect(Math.min(...cpuSeconds)).toBeLessThan(1);
    expect(refusal.code).toBe('TOO_COMPLEX');
    expect(refusal.message).toContain('export it anew, without its tags');
  });
});

describe('the tag limit for ordinary files', () => {
  it.each(Object.keys(FORMATS))('accepts %s', async (name) => {
    const tags = ['title', 'artist', 'album', 'comment'].flatMap((key) => ['-metadata', `${key}=${key}`]);
    await demandBoundedTags(await makeSong(files.folder, name, 2, tags));
  });

  it('accepts a song with a cover', async () => {
    await demandBoundedTags(await makeTaggedSong(files.folder, 2));
  });

  it('accepts a file that is no audio, which a later check refuses', async () => {
    await demandBoundedTags(await files.write('text', 'hello'));
    await demandBoundedTags(await files.write('empty', ''));
    await demandBoundedTags(await files.write(join('half'), latin('RIFF')));
  });
});
