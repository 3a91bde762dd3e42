import type { Artwork } from './artwork.js';

/** A cover in every size and format, not stored yet. */
export interface CoverSet extends Pick<Artwork, 'dominantColour' | 'placeholder' | 'sizes' | 'formats'> {
  /** Of the picture and of the recipe it was made by; hexadecimal. */
  sha256: string;
  /** The encoded images, in the order of storedImages. */
  files: Uint8Array[];
}

/** What comes of a picture: a cover, or the sentence it is refused with. */
export type MadeCover = { readonly cover: CoverSet } | { readonly refusal: string };
