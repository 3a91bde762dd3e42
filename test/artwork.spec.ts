import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { storedImages } from '../src/artwork/artwork-images.js';
import { ArtworkService } from '../src/artwork/artwork.service.js';
import { PUBLIC_MEDIA, songMedia } from '../src/songs/media/song-media.js';
import { LocalStorage } from '../src/platform/storage/local/local-storage.js';
import { descendants } from './support/process-tree.js';
import { tempDir } from './support/temp-dir.js';

const MEBIBYTE = 1024 * 1024;
const SONG = '65f0c0ffee65f0c0ffee65f0';

const plain = (width: number, height: number, background = '#c81e1e') =>
  sharp({ create: { width, height, channels: 3, background } });
const noisy = (width: number, height: number) =>
  sharp({
    create: {
      width,
      height,
      channels: 3,
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
      background: '#000',
    },
  });

/** A PNG that claims any size without holding it. */
function pngOf(width: number, height: number, honest: Buffer): Buffer {
  const lie = Buffer.from(honest);
  lie.writeUInt32BE(width, 16);
  lie.writeUInt32BE(height, 20);
  lie.writeUInt32BE(crc32(lie.subarray(12, 29)), 29);
  return lie;
}

function crc32(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

describe('a cover', () => {
  let root: string;
  let storage: LocalStorage;
  let artwork: ArtworkService;

  beforeEach(async () => {
    root = tempDir('artwork');
    storage = new LocalStorage(root);
    artwork = new ArtworkService(storage);
  });
  afterEach(async () => {
    artwork.onApplicationShutdown();
  });

  const made = async (image: Uint8Array) => {
    const set = await artwork.make(image);
    return artwork.store(songMedia.artwork(SONG, set.sha256), set);
  };
  const facts = async (key: string) => sharp(await buffer((await storage.open(key)).body)).metadata();

  it('comes in four sizes and two formats, each as large as it says', async () => {
    const cover = await made(await noisy(1500, 1500).jpeg().toBuffer());
    const images = storedImages(cover);
    expect(images.map(({ width, contentType }) => `${width} ${contentType}`)).toEqual(
      [96, 300, 640, 1200].flatMap((width) => [`${width} image/webp`, `${width} image/jpeg`]),
    );
    for (const { key, width, height, contentType } of images) {
      expect(await facts(key)).toMatchObject({ width, height, format: contentType.slice('image/'.length) });
    }
  });

  it('is stored under a key that the media endpoint serves', async () => {
    const cover = await made(await plain(300, 200).png().toBuffer());
    for (const { key } of storedImages(cover)) expect(key).toMatch(PUBLIC_MEDIA);
  });

  it('is never enlarged', async () => {
    const { sizes } = await made(await plain(400, 400).png().toBuffer());
    expect(sizes.map(({ width }) => width)).toEqual([96, 300, 400]);
    expect((await made(await plain(20, 20).png().toBuffer())).sizes).toEqual([{ width: 20, height: 20 }]);
  });

  it('is never cropped', async () => {
    const { sizes } = await made(await plain(2000, 1000).png().toBuffer());
    for (const { width, height } of sizes) expect(width / height).toBeCloseTo(2, 1);
    const tall = await made(await plain(1000, 2000).png().toBuffer());
    expect(tall.sizes.at(-1)).toEqual({ width: 600, height: 1200 });
  });

  it('is rotated upright by its EXIF orientation', async () => {
    const lying = await plain(600, 300).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const { sizes } = await made(lying);
    expect(sizes.at(-1)).toEqual({ width: 300, height: 600 });
  });

  it('loses the metadata about place and camera', async () => {
    const telling = await plain(300, 300)
      .jpeg()
      .withExif({ IFD0: { Copyright: 'secret' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
      .toBuffer();
    expect((await sharp(telling).metadata()).exif).toBeDefined();
    for (const { key } of storedImages(await made(telling))) {
      const { exif, xmp, icc, orientation } = await facts(key);
      expect({ exif, xmp, icc, orientation }).toEqual({});
    }
  });

  it('names its dominant colour', async () => {
    const { dominantColour } = await artwork.make(await plain(300, 300, '#c81e1e').png().toBuffer());
    expect(dominantColour).toMatch(/^#c[0-9a-f][12][0-9a-f][12][0-9a-f]$/);
  });

  it('has a placeholder small enough for a GraphQL response', async () => {
    const { placeholder } = await artwork.make(await noisy(800, 800).png().toBuffer());
    expect(placeholder).toMatch(/^data:image\/webp;base64,/);
    expect(placeholder.length).toBeLessThan(400);
    const { width, height } = await sharp(Buffer.from(placeholder.split(',')[1] ?? '', 'base64')).metadata();
    expect([width, height]).toEqual([16, 16]);
  });

  it('is white where it was transparent', async () => {
    const clear = await sharp({ create: { width: 64, height: 64, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer();
    expect((await artwork.make(clear)).dominantColour).toMatch(/^#f/);
  });

  it('may be grey, CMYK, palette, 16 bit, WebP or a still GIF', async () => {
    const inputs = await Promise.all([
      plain(100, 100).greyscale().jpeg().toBuffer(),
      plain(100, 100).toColourspace('cmyk').jpeg().toBuffer(),
      plain(100, 100).png({ palette: true }).toBuffer(),
      plain(100, 100).toColourspace('rgb16').png().toBuffer(),
      plain(100, 100).webp({ lossless: true }).toBuffer(),
      plain(100, 100).gif().toBuffer(),
      plain(100, 100).jpeg({ progressive: true }).toBuffer(),
    ]);
    for (const input of inputs) expect((await artwork.make(input)).files).toHaveLength(4);
  });

  it('has the same key for the same picture, and another key for another picture', async () => {
    const red = await plain(100, 100).png().toBuffer();
    const blue = await plain(100, 100, '#00f').png().toBuffer();
    expect((await artwork.make(red)).sha256).toBe((await artwork.make(red)).sha256);
    expect((await artwork.make(red)).sha256).not.toBe((await artwork.make(blue)).sha256);
  });

  describe('is refused as ARTWORK_INVALID', () => {
    const refused = expect.objectContaining({ code: 'ARTWORK_INVALID' });

    it.each<[string, () => Buffer | Promise<Buffer>]>([
      ['when it is empty', () => Buffer.alloc(0)],
      ['when it is no picture', () => Buffer.from('ffconcat version 1.0\nfile /etc/passwd')],
      ['when it is random', () => Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 251))],
      [
        'when it is an SVG',
        () =>
          Buffer.from(
            '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><image href="file:///etc/passwd"/></svg>',
          ),
      ],
      [
        'when it is a PDF',
        () => Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>'),
      ],
      ['when it is a TIFF', () => plain(64, 64).tiff().toBuffer()],
      ['when it is an AVIF', () => plain(64, 64).avif({ effort: 0 }).toBuffer()],
      ['when a JPEG is cut short', async () => (await noisy(600, 600).jpeg().toBuffer()).subarray(0, 20_000)],
      ['when a PNG is cut short', async () => (await noisy(600, 600).png().toBuffer()).subarray(0, 100_000)],
      ['when a WebP is cut short', async () => (await noisy(600, 600).webp().toBuffer()).subarray(0, 5_000)],
      ['when only its head is there', async () => (await plain(600, 600).png().toBuffer()).subarray(0, 40)],
      ['when it is smaller than an icon', () => plain(15, 15).png().toBuffer()],
      ['when it is a strip', () => plain(16, 2000).png().toBuffer()],
      ['when it is a file of 21 MiB', () => Buffer.alloc(21 * MEBIBYTE)],
      ['when it moves (GIF)', () => moving('gif')],
      ['when it moves (WebP)', () => moving('webp')],
    ])('%s', async (_, picture) => {
      await expect(artwork.make(await picture())).rejects.toEqual(refused);
    });

    it('when it claims a billion pixels, immediately and without decoding them', async () => {
      const honest = await plain(32, 32).png().toBuffer();
      await artwork.make(honest);
      const [before, ownBefore] = [await unpackerPeak(), process.memoryUsage.rss()];
      const started = performance.now();
      for (const side of [5001, 16_000, 30_000, 2 ** 31 - 1]) {
        await expect(artwork.make(pngOf(side, side, honest))).rejects.toEqual(refused);
      }
      expect(performance.now() - started).toBeLessThan(3000);
      expect((process.memoryUsage.rss() - ownBefore) / MEBIBYTE).toBeLessThan(32);
      expect((await unpackerPeak()) - before).toBeLessThan(32);
    });

    it('without quoting its content', async () => {
      const error = await artwork.make(Buffer.from('<svg>secret</svg>')).catch((reason: Error) => reason);
      expect((error as Error).message).toBe('The cover is not a readable JPEG, PNG, WebP or GIF picture.');
    });
  });

  it('of the largest size needs bounded memory, four at once', async () => {
    const large = await plain(5000, 5000).png({ progressive: true }).toBuffer();
    const before = process.memoryUsage.rss();
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss() - before)), 10);
    await Promise.all(Array.from({ length: 4 }, () => artwork.make(large)));
    clearInterval(watch);
    expect(peak / MEBIBYTE).toBeLessThan(300);
    expect(await unpackerPeak()).toBeLessThan(300);
  });
});

/** Peak memory of the process that decodes pictures (VmHWM of proc_pid_status(5)), mebibytes. */
async function unpackerPeak(): Promise<number> {
  const unpackers = (await descendants(process.pid)).filter(({ command }) => /cover\.process/.test(command));
  const statuses = await Promise.all(unpackers.map(({ pid }) => readFile(`/proc/${pid}/status`, 'latin1')));
  const peaks = statuses.map((status) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024);
  expect(peaks).not.toEqual([]);
  return Math.max(...peaks);
}

async function moving(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = await Promise.all(
    ['#f00', '#0f0', '#00f'].map((colour) => plain(64, 64, colour).png().toBuffer()),
  );
  return sharp(frames, { join: { animated: true } })
    .toFormat(format)
    .toBuffer();
}
