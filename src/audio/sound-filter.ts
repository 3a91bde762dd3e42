/**
 * What every sound passes through, when it is measured and when it is encoded, so that both see the same:
 * time runs without holes from 0 (gaps in a file's own stamps become silence, overlaps are cut; counting samples with
 * asetpts instead starts over where a file changes its sample rate), and surround is turned down while it is mixed to
 * stereo, which would otherwise exceed full scale by up to 8 dB and clip.
 */
export const SOUND_FILTER: readonly string[] = ['-af', 'aresample=async=1:first_pts=0:rematrix_maxval=1'];
