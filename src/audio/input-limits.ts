/**
 * What a stranger's file may make ffmpeg and ffprobe do. Every run on an upload carries these options before `-i`;
 * each line stops an attack that was seen to work without it (docs/decisions.md, "Untrusted input").
 */
const FORMATS = ['mp3', 'wav', 'flac', 'ogg', 'mov', 'aac', 'aiff', 'asf', 'matroska'];

/** Decoders, audio only: a 16000 x 16000 cover picture is then never unpacked. */
const DECODERS = [
  ['mp3float', 'mp3', 'aac', 'alac', 'flac', 'vorbis', 'libvorbis', 'opus', 'libopus', 'wmav1', 'wmav2'],
  ['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'pcm_alaw', 'pcm_mulaw'],
  ['pcm_s8', 'pcm_s16be', 'pcm_s24be', 'pcm_s32be', 'pcm_f32be', 'pcm_f64be'],
].flat();

/** What may lie beside the sound in an honest file: covers, films, chapters and their titles. */
const COMPANIONS = [
  ['mjpeg', 'png', 'bmp', 'gif', 'webp', 'h264', 'hevc', 'vp8', 'libvpx', 'vp9', 'libvpx-vp9'],
  ['av1', 'libdav1d', 'mpeg4', 'mov_text', 'webvtt', 'subrip', 'srt', 'ass', 'ssa'],
].flat();

/** For ffmpeg, which leaves alone what it may not decode. */
export const UPLOAD_INPUT: readonly string[] = inputOptions(FORMATS, DECODERS);

/** For ffprobe, which gives a file up over one stream it may not open; a picture of one pixel is then the largest. */
export const UPLOAD_PROBE: readonly string[] = [
  ...inputOptions(FORMATS, [...DECODERS, ...COMPANIONS]),
  '-max_pixels',
  '1',
  '-threads',
  '1',
];

/** What our own packages are made of; ffprobe reads them back with as little trust. */
export const PACKAGE_PROBE: readonly string[] = inputOptions(['mpegts', 'mov'], ['aac']);

/** The codec over which ffmpeg gave a file up, in its own words. */
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

/** `file:` keeps a path that looks like an option, a protocol or `-` from being one. */
export function fileUrl(path: string): string {
  return `file:${path}`;
}
