/** Every size exists in each of these; the newer and smaller first. */
export const ARTWORK_FORMATS = ['webp', 'jpg'] as const;
export type ArtworkFormat = (typeof ARTWORK_FORMATS)[number];
