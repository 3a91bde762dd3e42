import type { Artwork } from './artwork.schema.js';

/** A cover in every size and format, not stored yet. */
export interface CoverSet extends Pick<Artwork, 'dominantColour' | 'placeholder' | 'sizes' | 'formats'> {
  /** Checksum of the picture and of the recipe it was made with; hexadecimal. */
  sha256: string;
  /** The encoded images, in the order of storedImages. */
  files: Uint8Array[];
}

/** The result for a picture: a cover, or the sentence with which it is refused. */
export type MadeCover = { readonly cover: CoverSet } | { readonly refusal: string };
