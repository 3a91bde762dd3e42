/** ffprobe's result in our units. All values come from the file and are untrusted. */
export interface Probe {
  /** ffmpeg's demuxer name, "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly format: string;
  /** How sure ffmpeg is of the format, 0 to 100. */
  readonly score: number;
  readonly durationSeconds?: number;
  /** Whether ffprobe estimated the duration from the bit rate, because the container does not declare one. */
  readonly estimated: boolean;
  readonly bytes: number;
  readonly bitrateKbps?: number;
  readonly streams: readonly ProbeStream[];
}

export interface ProbeStream {
  /** "audio", "video", … */
  readonly type: string;
  readonly codec?: string;
  readonly profile?: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly bitrateKbps?: number;
  readonly durationSeconds?: number;
  /** Whether the stream is a cover picture, which ffprobe lists as video. */
  readonly picture: boolean;
}

/** The value of `-show_entries`: without tags, which may be megabytes long. */
export const SHOWN =
  'format=format_name,probe_score,duration,size,bit_rate:' +
  'stream=codec_type,codec_name,profile,sample_rate,channels,bit_rate,duration:' +
  'stream_disposition=attached_pic';

type Raw = Record<string, unknown>;

/** @param stderr ffprobe's warnings, which alone say that a duration is estimated */
export function asProbe(json: unknown, stderr: string): Probe {
  const { format = {}, streams = [] } = json as { format?: Raw; streams?: Raw[] };
  return {
    format: text(format.format_name) ?? '',
    score: numeric(format.probe_score) ?? 0,
    durationSeconds: numeric(format.duration),
    estimated: stderr.includes('Estimating duration from bitrate'),
    bytes: numeric(format.size) ?? 0,
    bitrateKbps: kbps(format.bit_rate),
    streams: streams.map((stream) => ({
      type: text(stream.codec_type) ?? '',
      codec: text(stream.codec_name),
      profile: text(stream.profile),
      sampleRateHz: numeric(stream.sample_rate) ?? 0,
      channels: numeric(stream.channels) ?? 0,
      bitrateKbps: kbps(stream.bit_rate),
      durationSeconds: numeric(stream.duration),
      picture: (stream.disposition as Raw | undefined)?.attached_pic === 1,
    })),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function kbps(value: unknown): number | undefined {
  const bits = numeric(value);
  return bits === undefined ? undefined : Math.round(bits / 1000);
}

function numeric(value: unknown): number | undefined {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : undefined;
}
