/**
 * Which of ffmpeg's AAC coders: CPU time and fidelity of `fast` against `twoloop`, rung by rung.
 *
 *   node bench/aac-coder/run.mjs [song ...]
 *
 * CPU seconds are ffmpeg's own (`-benchmark`), medians of runs that alternate between the coders, so a busy machine
 * disturbs both alike. Fidelity is the signal-to-distortion ratio: the energy of the original over the energy of
 * (decoded - original), aligned to the sample.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const RUNGS = [64, 128, 256, 320];
const CODERS = ['fast', 'twoloop'];
const SECONDS = Number(process.env.BENCH_SECONDS ?? 60);
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
/** Chords, pink noise and a hammer twice a second: something tonal, something noisy, something sudden. */
const SYNTHETIC =
  'aevalsrc=0.15*sin(2*PI*220*t)+0.1*sin(2*PI*277.2*t)+0.1*sin(2*PI*329.6*t)+0.5*exp(-60*mod(t\\,0.5))*sin(2*PI*1800*t)' +
  `|0.15*sin(2*PI*221*t)+0.1*sin(2*PI*415.3*t)+0.5*exp(-60*mod(t\\,0.5))*sin(2*PI*2400*t):s=44100:d=${SECONDS}[tone];` +
  `anoisesrc=c=pink:r=44100:a=0.2:d=${SECONDS}:seed=7,aformat=channel_layouts=stereo[noise];[tone][noise]amix=normalize=0`;

const folder = await mkdtemp(join(tmpdir(), 'aac-coder-'));
try {
  const songs = process.argv.slice(2);
  await measure('synthetic', ['-f', 'lavfi', '-i', SYNTHETIC]);
  for (const song of songs) await measure(basename(song), ['-ss', '10', '-t', String(SECONDS), '-i', song]);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(name, input) {
  const original = join(folder, 'original.wav');
  await ffmpeg([...input, '-vn', '-ar', '44100', '-ac', '2', '-c:a', 'pcm_s16le', original]);
  const reference = await samples(original);
  console.log(`\n${name}, ${(reference.length / 2 / 44_100).toFixed(0)} s, medians of ${RUNS}\n`);
  console.log(
    '| rung | CPU fast | CPU twoloop | twoloop/fast | kbit/s fast | kbit/s twoloop | SDR fast | SDR twoloop |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const kbps of RUNGS) {
    const cpu = { fast: [], twoloop: [] };
    for (let i = 0; i < RUNS; i++) {
      for (const coder of CODERS) cpu[coder].push(await encode(original, kbps, coder));
    }
    const [fast, slow] = CODERS.map((coder) => median(cpu[coder]));
    const rates = await Promise.all(
      CODERS.map((coder) => rateOf(encoded(kbps, coder), reference.length / 2 / 44_100)),
    );
    const sdr = [];
    for (const coder of CODERS) sdr.push(distortion(reference, await samples(encoded(kbps, coder))));
    const cells = [`${kbps}k`, `${fast.toFixed(2)} s`, `${slow.toFixed(2)} s`, (slow / fast).toFixed(2)];
    console.log(`| ${[...cells, ...rates, ...sdr.map((db) => `${db.toFixed(1)} dB`)].join(' | ')} |`);
  }
}

function encoded(kbps, coder) {
  return join(folder, `${kbps}-${coder}.m4a`);
}

/** CPU seconds, user and system. */
async function encode(input, kbps, coder) {
  const options = ['-threads', '1', '-i', input, '-c:a', 'aac', '-aac_coder', coder, '-b:a', `${kbps}k`];
  const log = await ffmpeg(['-benchmark', ...options, encoded(kbps, coder)], 'info');
  const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(log);
  return Number(user) + Number(system);
}

async function rateOf(path, seconds) {
  return ((8 * (await stat(path)).size) / seconds / 1000).toFixed(0);
}

async function ffmpeg(options, level = 'error') {
  const { stderr } = await run('ffmpeg', ['-nostdin', '-hide_banner', '-v', level, '-y', ...options]);
  return stderr;
}

/** Interleaved stereo. The m4a's edit list removes the encoder's delay. */
async function samples(path) {
  const args = ['-nostdin', '-v', 'error', '-i', path, '-f', 'f32le', '-c:a', 'pcm_f32le', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1 << 29 });
  return new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4));
}

/** dB; the best of the delays an AAC coder may leave, in samples. */
function distortion(original, decoded) {
  return Math.max(...[-2048, -1024, 0, 1024, 2048].map((delay) => ratio(original, decoded, delay * 2)));
}

function ratio(original, decoded, shift) {
  let signal = 0;
  let noise = 0;
  for (let i = 4096; i < Math.min(original.length, decoded.length) - 4096; i++) {
    signal += original[i] ** 2;
    noise += (decoded[i + shift] - original[i]) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
