import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotAudioError } from '../audio/audio-errors.js';
import type { Ffmpeg } from '../audio/ffmpeg.service.js';
import { PACKAGE_PROBE } from '../audio/input-limits.js';
import type { Probe } from '../audio/probe.js';
import type { RenditionFiles } from './rendition-files.js';
import { PackageInvalidError } from './package-invalid-error.js';

/** Probes one segment of a rendition: it must have exactly one stream, AAC-LC, 44.1 kHz, stereo. */
export async function checkSound(
  ffmpeg: Ffmpeg,
  directory: string,
  rendition: RenditionFiles,
  signal?: AbortSignal,
): Promise<void> {
  const name = rendition.quality.name;
  const { streams } = await probeSegment(ffmpeg, directory, rendition, signal);
  const [stream] = streams;
  const isRight =
    streams.length === 1 &&
    stream?.codec === 'aac' &&
    stream.profile === 'LC' &&
    stream.sampleRateHz === 44_100 &&
    stream.channels === 2;
  if (!isRight) throw new PackageInvalidError('sound', `${name} holds ${JSON.stringify(streams)}`);
}

/** Probes the longest segment, because a short one at the end may contain too little to be recognised. */
async function probeSegment(
  ffmpeg: Ffmpeg,
  directory: string,
  { quality, initFile, segments }: RenditionFiles,
  signal?: AbortSignal,
): Promise<Probe> {
  const longest = segments.reduce((best, segment) => (segment.seconds > best.seconds ? segment : best));
  const segment = join(directory, longest.path);
  // An fMP4 segment can be probed only together with its initialisation section.
  const sample = initFile ? join(directory, quality.name, 'probe.tmp') : segment;
  try {
    if (initFile) {
      const parts = [join(directory, initFile.path), segment].map((path) => readFile(path));
      await writeFile(sample, Buffer.concat(await Promise.all(parts)));
    }
    return await ffmpeg.probe(sample, signal, PACKAGE_PROBE);
  } catch (error) {
    if (error instanceof NotAudioError)
      throw new PackageInvalidError('sound', `${quality.name} is unreadable`);
    throw error;
  } finally {
    if (initFile) await rm(sample, { force: true });
  }
}
