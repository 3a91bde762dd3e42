import type { StoreName } from '../config/store-settings.js';

/**
 * Largest object, bytes. Cloudinary: raw files on the free plan ("Cloudinary Pricing", 10 MB a raw file); paid plans
 * allow more. S3: 10,000 parts of 5 MiB, as its storage sends a body whose length it does not know.
 */
const LARGEST: Readonly<Record<StoreName, number>> = {
  local: Infinity,
  s3: 10_000 * 5 * 1024 ** 2,
  cloudinary: 10_000_000,
};

export function largestObject(store: StoreName): number {
  return LARGEST[store];
}
