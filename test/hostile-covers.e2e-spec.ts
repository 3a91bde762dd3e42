import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ArtworkService } from '../src/artwork/artwork.service.js';
import { withoutTextChunks } from '../src/artwork/png-chunks.js';
import { usageOf } from '../src/platform/child-process/process-usage.js';
import { LocalStorage } from '../src/platform/storage/local/local-storage.js';

const MEBIBYTE = 1024 ** 2;
const plain = (side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: '#c81e1e' } });
const noisy = (side: number) =>
  sharp({
    create: {
      width: side,
      height: side,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });

function crc32(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const bytes = Buffer.alloc(8 + named.length);
  bytes.writeUInt32BE(data.length, 0);
  named.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(named), 4 + named.length);
  return bytes;
}

/** A valid PNG with these chunks after its header. */
async function pngWith(chunks: Buffer): Promise<Buffer> {
  const png = await plain(600).png().toBuffer();
  return Buffer.concat([png.subarray(0, 33), chunks, png.subarray(33)]);
}

/** A progressive JPEG that repeats its last scan `times` times. */
async function jpegOfScans(times: number): Promise<Buffer> {
  const jpeg = await noisy(1500).jpeg({ progressive: true }).toBuffer();
  const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), jpeg.length - 2);
  const scans = Array.from({ length: times }, () => scan);
  return Buffer.concat([jpeg.subarray(0, -2), ...scans, Buffer.from([0xff, 0xd9])]).subarray(
    0,
    20 * MEBIBYTE,
  );
}

const BOMB = deflateSync(Buffer.alloc(8 * MEBIBYTE, 65));
const text = (i: number) => Buffer.concat([Buffer.from(`k${i}\0\0`, 'latin1'), BOMB]);
const international = (i: number) => Buffer.concat([Buffer.from(`k${i}\0\x01\0\0\0`, 'latin1'), BOMB]);
const repeated = (times: number, make: (i: number) => Buffer) =>
  Buffer.concat(Array.from({ length: times }, (_, i) => make(i)));

let artwork: ArtworkService;

beforeEach(() => {
  artwork = new ArtworkService(new LocalStorage('/nowhere'));
});
afterEach(() => artwork.onApplicationShutdown());

/** Processor seconds of this process and all its children. */
const used = async () => (await usageOf(process.pid))!.cpuSeconds;

describe('a hostile picture', () => {
  it.each([
    ['a PNG with 1.9 MB of compressed text', () => pngWith(repeated(230, (i) => chunk('zTXt', text(i))))],
    [
      'a PNG with compressed international text',
      () => pngWith(repeated(230, (i) => chunk('iTXt', international(i)))),
    ],
    [
      'a PNG with a hundred thousand text chunks',
      () => pngWith(repeated(100_000, (i) => chunk('tEXt', Buffer.from(`k${i}\0v`)))),
    ],
    [
      'a PNG with a colour profile that is large when decompressed',
      () =>
        pngWith(
          chunk('iCCP', Buffer.concat([Buffer.from('p\0\0'), deflateSync(Buffer.alloc(64 * MEBIBYTE))])),
        ),
    ],
    ['a JPEG with thousands of scans', () => jpegOfScans(5000)],
  ])('costs little processor time, accepted or refused: %s', async (_, make) => {
    const picture = await make();
    const before = await used();
    const made = await artwork.make(picture).catch((error: { code: string }) => error.code);
    expect(typeof made === 'string' ? made : 'taken').toMatch(/^(taken|ARTWORK_INVALID)$/);
    expect((await used()) - before).toBeLessThan(15);
    expect((await artwork.make(await plain(300).png().toBuffer())).sizes).toHaveLength(2);
  });
});

describe('a PNG before it is decoded', () => {
  it('keeps the chunks of the picture and loses the text chunks', async () => {
    const png = await pngWith(
      Buffer.concat([
        chunk('gAMA', Buffer.from([0, 0, 0xb1, 0x8f])),
        chunk('tEXt', Buffer.from('Comment\0hi')),
      ]),
    );
    const kept = withoutTextChunks(png).toString('latin1');
    for (const type of ['IHDR', 'gAMA', 'IDAT', 'IEND']) expect(kept).toContain(type);
    expect(kept).not.toContain('tEXt');
  });

  it('keeps a truncated chunk, which the decoder refuses', async () => {
    const png = await plain(600).png().toBuffer();
    const data = png.indexOf('IDAT');
    const cut = png.subarray(0, data + 20);
    expect(withoutTextChunks(cut).subarray(-24)).toEqual(png.subarray(data - 4, data + 20));
  });
});
