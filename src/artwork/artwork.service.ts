import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import sharp, { type Sharp } from 'sharp';
import { IMMUTABLE } from '../storage/immutable.js';
import { MediaStorage } from '../storage/media-storage.js';
import { storedImages } from './artwork-images.js';
import { ARTWORK_FORMATS, type Artwork, type ArtworkFormat, type ArtworkSize } from './artwork.js';
import {
  ArtworkInvalidError,
  checkFileSize,
  checkHeader,
  coverSizes,
  hexColour,
  LARGEST,
  MAX_PIXELS,
} from './cover-rules.js';

/** Raise it with any change to what is made of a picture: its keys are immutable, so they must change with it. */
const RECIPE = 1;

/** Longest a picture may keep a thread busy, seconds. */
const TIMEOUT = { seconds: 10 };

/** A cover in every size and format, not stored yet. */
export interface CoverSet extends Pick<Artwork, 'dominantColour' | 'placeholder' | 'sizes' | 'formats'> {
  /** Of the picture and of the recipe it was made by; hexadecimal. */
  sha256: string;
  /** The encoded images, in the order of storedImages. */
  files: Uint8Array[];
}

// Decoders for these four only: SVG fetches, PDF and ImageMagick's kin execute, HEIF nests. A refused format is not
// even recognised. The cache would hold on to pictures nobody asks for twice.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
  ],
});
sharp.cache(false);
sharp.concurrency(1);

/** Makes covers out of pictures nobody vouches for. The only file that knows sharp. */
@Injectable()
export class ArtworkService {
  /** Decoding runs in Node's four shared threads, which the media door reads its files with: covers take one of them. */
  private readonly one = pLimit(1);

  constructor(private readonly storage: MediaStorage) {}

  /** Rejects with ArtworkInvalidError (ARTWORK_INVALID) unless `image` is a still JPEG, PNG, WebP or GIF of sane size. */
  make(image: Uint8Array): Promise<CoverSet> {
    return this.one(async () => {
      try {
        return await cover(image);
      } catch (error) {
        if (error instanceof ArtworkInvalidError) throw error;
        throw new ArtworkInvalidError('The cover is not a readable JPEG, PNG, WebP or GIF picture.', {
          cause: error,
        });
      }
    });
  }

  /** `prefix` ends in "/" and must be the set's own: its images are promised never to change. */
  async store(
    prefix: string,
    { sizes, formats, dominantColour, placeholder, files }: CoverSet,
  ): Promise<Artwork> {
    const bytes = files.reduce((sum, file) => sum + file.length, 0);
    const artwork = { prefix, store: this.storage.name, bytes, sizes, formats, dominantColour, placeholder };
    const puts = await Promise.allSettled(
      storedImages(artwork).map(({ key, contentType }, i) =>
        this.storage.put(key, Readable.from([files[i]]), { contentType, cacheControl: IMMUTABLE }),
      ),
    );
    // Not before all have ended: whoever removes what is there would be overtaken by the rest.
    const failed = puts.find((put) => put.status === 'rejected');
    if (failed) throw failed.reason;
    return artwork;
  }
}

async function cover(image: Uint8Array): Promise<CoverSet> {
  checkFileSize(image.length);
  // "error" and not the stricter "warning": stray bytes between JPEG markers are common in tags and harmless.
  const picture = sharp(image, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true });
  const { autoOrient, pages } = await picture.metadata();
  checkHeader({ ...autoOrient, pages });

  // Unpacked once, at most 1200 x 1200 from here on. White under what is transparent, as on paper.
  const { data, info } = await picture
    .autoOrient()
    .resize(LARGEST, LARGEST, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .timeout(TIMEOUT)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const master = () =>
    sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });

  const sizes = coverSizes(autoOrient.width, autoOrient.height);
  const formats = [...ARTWORK_FORMATS];
  const files: Uint8Array[] = [];
  for (const size of sizes) {
    for (const format of formats) files.push(await encoded(master(), size, format).toBuffer());
  }
  return {
    sha256: createHash('sha256').update(`${RECIPE}\n`).update(image).digest('hex'),
    sizes,
    formats,
    files,
    dominantColour: await dominantColour(master()),
    placeholder: await placeholder(master()),
  };
}

function encoded(picture: Sharp, { width, height }: ArtworkSize, format: ArtworkFormat): Sharp {
  const resized = picture.resize(width, height, { fit: 'fill' }).timeout(TIMEOUT);
  return format === 'webp' ? resized.webp({ quality: 80 }) : resized.jpeg({ quality: 80, mozjpeg: true });
}

async function dominantColour(picture: Sharp): Promise<string> {
  const { dominant } = await picture.stats();
  return hexColour(dominant.r, dominant.g, dominant.b);
}

async function placeholder(picture: Sharp): Promise<string> {
  const tiny = await picture.resize(16, 16, { fit: 'inside' }).webp({ quality: 20, effort: 6 }).toBuffer();
  return `data:image/webp;base64,${tiny.toString('base64')}`;
}
