import type { StoreName } from '../config/store-settings.js';

/** Of a stream of unknown length, bytes; S3 wants 5 MiB or more. */
export const S3_PART_BYTES = 8 * 1024 ** 2;

/** Amazon S3 User Guide, "Amazon S3 multipart upload limits": part numbers go from 1 to 10,000. */
export const S3_PARTS = 10_000;

/** What S3 takes or copies in one request, bytes, it takes up to 5 GB of; larger goes in parts, which fail and are sent again alone. */
export const S3_WHOLE_BYTES = 256 * 1024 ** 2;

/**
 * Largest object, bytes. Cloudinary: its SDK's documentation says only that each plan has a limit of its own;
 * 10,485,760 is what free accounts are told about pictures ("File size too large. … Maximum is 10485760."). That raw
 * files have the same limit was not verified. S3: as its storage sends a body whose length it does not know.
 */
const LARGEST: Readonly<Record<StoreName, number>> = {
  local: Infinity,
  s3: S3_PARTS * S3_PART_BYTES,
  cloudinary: 10 * 1024 ** 2,
};

export function largestObject(store: StoreName): number {
  return LARGEST[store];
}
