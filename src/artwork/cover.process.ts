import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { serveParent } from '../platform/child-process/child-work.js';
import type { Artwork, ArtworkFormat, ArtworkSize } from './artwork.schema.js';
import {
  ARTWORK_FORMATS,
  ArtworkInvalidError,
  checkFileSize,
  checkHeader,
  coverSizes,
  hexColour,
  LARGEST,
  MAX_PIXELS,
} from './cover-rules.js';
import { withoutTextChunks } from './png-chunks.js';

/** A cover in every size and format, not stored yet. */
export interface CoverSet extends Pick<Artwork, 'dominantColour' | 'placeholder' | 'sizes' | 'formats'> {
  /** Checksum of the picture and of the recipe it was made with; hexadecimal. */
  sha256: string;
  /** The encoded images, in the order of storedImages. */
  files: Uint8Array[];
}

/** The result for a picture: a cover, or the sentence with which it is refused. */
export type MadeCover = { readonly cover: CoverSet } | { readonly refusal: string };

/** Increment this with any change to the produced images: their keys are immutable, so they must change, too. */
const RECIPE = 1;

/** How long a picture may keep a thread busy, seconds; ChildWatch ends this process if it takes longer. */
const TIMEOUT = { seconds: 90 };

// Decoders for these four formats only: SVG loads URLs, PDF and ImageMagick formats execute code, HEIF nests. Other
// formats are not even recognised. No cache, because no picture is decoded twice.
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

serveParent(async (image: Uint8Array): Promise<MadeCover> => {
  try {
    return { cover: await cover(image) };
  } catch (error) {
    if (error instanceof ArtworkInvalidError) return { refusal: error.message };
    return { refusal: 'The cover is not a readable JPEG, PNG, WebP or GIF picture.' };
  }
});

async function cover(image: Uint8Array): Promise<CoverSet> {
  checkFileSize(image.length);
  // "error", not the stricter "warning": extra bytes between JPEG markers are common in tags and harmless.
  const picture = sharp(withoutTextChunks(image), {
    limitInputPixels: MAX_PIXELS,
    failOn: 'error',
    sequentialRead: true,
  });
  const { autoOrient, pages } = await picture.metadata();
  checkHeader({ ...autoOrient, pages });

  // Decoded once, at most 1200 x 1200 from here on. Transparent areas become white.
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
