/**
 * Time runs without holes, from 0: gaps in a file's own stamps become silence, overlaps are cut. Measuring and encoding
 * both use it, so they agree; counting samples (asetpts) instead starts over where a file changes its sample rate.
 */
export const STEADY_TIME: readonly string[] = ['-af', 'aresample=async=1:first_pts=0'];
