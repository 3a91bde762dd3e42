/**
 * Limits what an untrusted file can make ffmpeg and ffprobe do. Every run on an upload has these options before `-i`;
 * each line stops an attack that worked without it (docs/decisions.md, "Untrusted input").
 */
const FORMATS = ['mp3', 'wav', 'flac', 'ogg', 'mov', 'aac', 'aiff', 'asf', 'matroska'];

/** Audio decoders only, so that a 16000 x 16000 cover picture is never decoded. */
const DECODERS = [
  ['mp3float', 'mp3', 'aac', 'alac', 'flac', 'vorbis', 'libvorbis', 'opus', 'libopus', 'wmav1', 'wmav2'],
  ['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'pcm_alaw', 'pcm_mulaw'],
  ['pcm_s8', 'pcm_s16be', 'pcm_s24be', 'pcm_s32be', 'pcm_f32be', 'pcm_f64be'],
].flat();

/** What a valid file may contain beside audio: covers, video, chapters and their titles. */
const COMPANIONS = [
  ['mjpeg', 'png', 'bmp', 'gif', 'webp', 'h264', 'hevc', 'vp8', 'libvpx', 'vp9', 'libvpx-vp9'],
  ['av1', 'libdav1d', 'mpeg4', 'mov_text', 'webvtt', 'subrip', 'srt', 'ass', 'ssa'],
].flat();

/** For ffmpeg, which ignores streams that it may not decode. */
export const UPLOAD_INPUT: readonly string[] = inputOptions(FORMATS, DECODERS);

/**
 * For ffprobe, which refuses a file with a stream it may not open; so pictures are allowed, but only one pixel large.
 */
export const UPLOAD_PROBE: readonly string[] = [
  ...inputOptions(FORMATS, [...DECODERS, ...COMPANIONS]),
  '-max_pixels',
  '1',
  '-threads',
  '1',
];

/** Formats and codecs of our own packages; ffprobe reads them with the same limits. */
export const PACKAGE_PROBE: readonly string[] = inputOptions(['mpegts', 'mov'], ['aac']);

/** The codec because of which ffmpeg refused a file, with ffmpeg's name. */
export function refusedCodec(stderr: string): string | undefined {
  return /Codec \(([\w-]+)\) not on whitelist/.exec(stderr)?.[1];
}

function inputOptions(formats: readonly string[], decoders: readonly string[]): string[] {
  return [
    // No network, no sibling files, no data: URIs.
    ['-protocol_whitelist', 'file'],
    // No ffconcat, HLS or DASH text: these name other files.
    ['-format_whitelist', formats.join(',')],
    ['-codec_whitelist', decoders.join(',')],
    // One allocation, bytes.
    ['-max_alloc', '67108864'],
    ['-max_streams', '16'],
    ['-probesize', '5M'],
    // Microseconds.
    ['-analyzeduration', '10M'],
  ].flat();
}

/** With `file:`, a path that looks like an option, a protocol or `-` is not used as one. */
export function fileUrl(path: string): string {
  return `file:${path}`;
}
