import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import HLS from 'hls-parser';
import { run } from './audio-fixtures.js';

/** Downloads a published package into a folder, as a player fetches it. */
export async function downloadPackage(masterUrl: string, folder: string): Promise<void> {
  const save = async (url: string, path: string): Promise<Buffer> => {
    const response = await fetch(url);
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    return bytes;
  };
  await save(new URL('peaks.json', masterUrl).href, 'peaks.json');
  const master = HLS.parse((await save(masterUrl, 'master.m3u8')).toString());
  if (!('variants' in master)) throw new Error('not a master playlist');
  for (const { uri } of master.variants) {
    const playlistUrl = new URL(uri, masterUrl);
    const playlist = HLS.parse((await save(playlistUrl.href, uri)).toString());
    if (!('segments' in playlist)) throw new Error(`${uri} is no media playlist`);
    for (const segment of playlist.segments) {
      await save(new URL(segment.uri, playlistUrl).href, join(dirname(uri), segment.uri));
    }
  }
}

/**
 * Presentation times of every audio packet of a rendition in a folder, seconds. The segments are joined as a player's
 * buffer joins them: ffprobe's own HLS reader misdates the first packets of a playlist (seen with 5.1.9).
 */
export async function packetTimes(rendition: string): Promise<number[]> {
  const segments = (await readdir(rendition)).filter((name) => name.endsWith('.ts')).sort();
  const joined = join(rendition, '..', '..', `${basename(rendition)}.joined`);
  await writeFile(
    joined,
    Buffer.concat(await Promise.all(segments.map((name) => readFile(join(rendition, name))))),
  );
  const entries = ['-select_streams', 'a:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...entries, joined], { maxBuffer: 64 * 1024 ** 2 });
  // ffprobe prints side data as separate lines.
  return stdout.split('\n').map(parseFloat).filter(Number.isFinite);
}

const RATE = 11_025;

/** Decodes to mono samples at 11,025 Hz. */
export function decode(source: string): Promise<{ samples: Float32Array; seconds: number }> {
  return new Promise((resolve, reject) => {
    const args = [
      '-v',
      'error',
      '-nostdin',
      '-i',
      source,
      '-map',
      '0:a:0',
      '-ac',
      '1',
      '-ar',
      String(RATE),
      '-f',
      'f32le',
      '-',
    ];
    const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`ffmpeg ended with ${code}`));
      const bytes = Buffer.concat(chunks);
      const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      resolve({ samples, seconds: samples.length / RATE });
    });
  });
}

/** Pearson correlation of `b` shifted by up to `maxLagSeconds` against `a`, over a window in the middle; the best one. */
export function bestCorrelation(
  a: Float32Array,
  b: Float32Array,
  at: number,
  maxLagSeconds = 0.06,
): { r: number; lagSeconds: number } {
  const start = Math.floor(at * RATE);
  const length = 5 * RATE;
  let best = { r: -1, lagSeconds: 0 };
  for (let lag = -Math.floor(maxLagSeconds * RATE); lag <= maxLagSeconds * RATE; lag++) {
    let ab = 0;
    let aa = 0;
    let bb = 0;
    for (let i = start; i < start + length; i++) {
      const x = a[i] ?? 0;
      const y = b[i + lag] ?? 0;
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    const r = ab / Math.sqrt(aa * bb || 1);
    if (r > best.r) best = { r, lagSeconds: lag / RATE };
  }
  return best;
}
