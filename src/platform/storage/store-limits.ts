import type { StoreName } from '../config/store-settings.js';

/** Part size for a stream of unknown length, bytes; S3 requires at least 5 MiB. */
export const S3_PART_BYTES = 8 * 1024 ** 2;

/** Amazon S3 User Guide, "Amazon S3 multipart upload limits": part numbers go from 1 to 10,000. */
export const S3_PARTS = 10_000;

/**
 * Larger objects are sent or copied in parts, which are retried one by one, bytes. S3 itself allows 5 GB per request.
 */
export const S3_WHOLE_BYTES = 256 * 1024 ** 2;

/**
 * Largest object, bytes. Cloudinary: its SDK's documentation says only that each plan has a limit of its own;
 * 10,485,760 is what free accounts read about pictures ("File size too large. … Maximum is 10485760."). That raw
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
