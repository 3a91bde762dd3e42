/** Every size exists in each of these formats; the newer one with smaller files first. */
export const ARTWORK_FORMATS = ['webp', 'jpg'] as const;
export type ArtworkFormat = (typeof ARTWORK_FORMATS)[number];
