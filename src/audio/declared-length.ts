import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { asfSeconds, oggIsCut, wavSeconds } from './container-headers.js';
import type { Probe } from './probe.js';

/** The length that a container declares. */
export interface DeclaredLength {
  /** undefined where no length is declared (streamed files, MP3 without a Xing header, ADTS). */
  readonly seconds?: number;
  /** Whether the file ends inside a structure that does not say how much is missing. */
  readonly cut: boolean;
}

const HEAD_BYTES = 1 << 20;
/** Two Ogg pages of the largest size (RFC 3533 6: 65,307 bytes). */
const TAIL_BYTES = 1 << 17;

/**
 * Reads the declared length from the file where ffprobe computes it from the file size (WAV, ASF), because a truncated
 * file would look complete; for other formats uses ffprobe's duration unless that is estimated.
 */
export async function declaredLength(path: string, probe: Probe): Promise<DeclaredLength> {
  const file = await open(path, 'r');
  try {
    if (probe.format === 'wav') return { seconds: wavSeconds(await head(file)), cut: false };
    if (probe.format === 'asf') return { seconds: asfSeconds(await head(file)), cut: false };
    if (probe.format === 'ogg') return { cut: oggIsCut(await tail(file)) };
    return { seconds: probe.estimated ? undefined : probed(probe), cut: false };
  } finally {
    await file.close();
  }
}

/**
 * A film may be longer than its audio, and an edit list may play less than the track has: the shorter length counts.
 */
function probed(probe: Probe): number | undefined {
  const audio = probe.streams.find(({ type }) => type === 'audio');
  const onlySound = probe.streams.every(({ type, picture }) => type !== 'video' || picture);
  const promises = [audio?.durationSeconds, onlySound ? probe.durationSeconds : undefined];
  const given = promises.filter((seconds) => seconds !== undefined && seconds > 0) as number[];
  return given.length > 0 ? Math.min(...given) : undefined;
}

async function head(file: FileHandle): Promise<Buffer> {
  return slice(file, 0, HEAD_BYTES);
}

async function tail(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  return slice(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
}

async function slice(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
