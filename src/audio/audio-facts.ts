/** Measured facts about a song's file. */
export interface AudioFacts {
  /** "mp3", "m4a", "aac", "flac", "ogg", "wav", "aiff", "asf", "webm" or "matroska". */
  readonly container: string;
  /** For storage names, without a dot. */
  readonly extension: string;
  /** Media type that browsers need to play the original. */
  readonly contentType: string;
  /** ffmpeg's name: "mp3", "aac", "pcm_s16le". */
  readonly codec: string;
  readonly bitrateKbps: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Measured by decoding the whole file, not the declared duration. */
  readonly durationSeconds: number;
}

/** An accepted file format. */
export interface Container {
  readonly container: string;
  /** ffmpeg's demuxer name as ffprobe prints it. */
  readonly format: string;
  readonly extension: string;
  readonly contentType: string;
  readonly codecs: RegExp;
}

/** All accepted formats, each tested with a real file (test/audio.e2e-spec.ts). */
export const CONTAINERS: readonly Container[] = [
  { container: 'mp3', format: 'mp3', extension: 'mp3', contentType: 'audio/mpeg', codecs: /^mp3$/ },
  {
    container: 'm4a',
    format: 'mov,mp4,m4a,3gp,3g2,mj2',
    extension: 'm4a',
    contentType: 'audio/mp4',
    codecs: /^(aac|alac|mp3|flac|opus)$/,
  },
  { container: 'aac', format: 'aac', extension: 'aac', contentType: 'audio/aac', codecs: /^aac$/ },
  { container: 'flac', format: 'flac', extension: 'flac', contentType: 'audio/flac', codecs: /^flac$/ },
  {
    container: 'ogg',
    format: 'ogg',
    extension: 'ogg',
    contentType: 'audio/ogg',
    codecs: /^(vorbis|opus|flac)$/,
  },
  {
    container: 'wav',
    format: 'wav',
    extension: 'wav',
    contentType: 'audio/wav',
    codecs: /^pcm_(u8|s16le|s24le|s32le|f32le|f64le|alaw|mulaw)$/,
  },
  {
    container: 'aiff',
    format: 'aiff',
    extension: 'aiff',
    contentType: 'audio/aiff',
    codecs: /^pcm_(s8|s16be|s24be|s32be|f32be|f64be|s16le|alaw|mulaw)$/,
  },
  { container: 'asf', format: 'asf', extension: 'wma', contentType: 'audio/x-ms-wma', codecs: /^wmav[12]$/ },
  {
    container: 'webm',
    format: 'matroska,webm',
    extension: 'webm',
    contentType: 'audio/webm',
    codecs: /^(opus|vorbis)$/,
  },
  {
    container: 'matroska',
    format: 'matroska,webm',
    extension: 'mka',
    contentType: 'audio/x-matroska',
    codecs: /^(aac|mp3|flac)$/,
  },
];
