/**
 * The filter for measuring and for encoding, so that both get the same samples. Time runs without gaps from 0: gaps in
 * the file's timestamps become silence and overlaps are cut (counting samples with asetpts instead would start again
 * where a file changes its sample rate). Surround is attenuated while it is mixed to stereo, because it would otherwise
 * exceed full scale by up to 8 dB and clip.
 */
export const SOUND_FILTER = 'aresample=async=1:first_pts=0:rematrix_maxval=1';
