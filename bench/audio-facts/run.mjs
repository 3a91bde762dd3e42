/**
 * What the audio facts cost beside the four rungs of a song, in CPU seconds of ffmpeg and of Node.
 *
 *   npm run build && node bench/audio-facts/run.mjs <song ...>
 *
 * CPU seconds of ffmpeg are its own (`-benchmark`), of Node those of this process while it reads the samples; both are
 * medians of BENCH_RUNS (3). Rungs and facts alternate, so that a busy machine disturbs both alike.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const { hlsCommand } = await import(`${DIST}/transcoding/hls-command.js`);
const { surveyOptions } = await import(`${DIST}/audio/sound-survey.js`);
const { LoudnessLines } = await import(`${DIST}/audio/loudness-lines.js`);
const { SoundMeter } = await import(`${DIST}/audio/sound-meter.js`);
const { QUALITIES } = await import(`${DIST}/songs/processing/quality.js`);

const RUNS = Number(process.env.BENCH_RUNS ?? 3);
const RATE = 44_100;
const directory = await mkdtemp(join(tmpdir(), 'audio-facts-'));
try {
  for (const { name } of QUALITIES) await mkdir(join(directory, name));
  console.log('| song | length | four rungs | facts: ffmpeg | facts: Node | facts / rungs |');
  console.log('|---|---|---|---|---|---|');
  for (const song of process.argv.slice(2)) await measure(song);
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure(song) {
  const { seconds } = await facts(song, 4 * 3600);
  const times = { rungs: [], ffmpeg: [], node: [] };
  for (let i = 0; i < RUNS; i++) {
    let rungs = 0;
    for (const quality of QUALITIES) rungs += await rung(song, quality, seconds);
    const { cpu, node } = await facts(song, seconds);
    times.rungs.push(rungs);
    times.ffmpeg.push(cpu);
    times.node.push(node);
  }
  const [rungs, cpu, node] = [times.rungs, times.ffmpeg, times.node].map(median);
  const share = `${((100 * (cpu + node)) / rungs).toFixed(0)} %`;
  const cells = [
    basename(song),
    ...[seconds, rungs, cpu, node].map((value) => `${value.toFixed(2)} s`),
    share,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function rung(song, quality, durationSeconds) {
  const order = { quality, durationSeconds, coder: 'fast', segmentType: 'mpegts', directory };
  const { outputOptions, output } = hlsCommand(order);
  return cpuOf(await ffmpeg(song, [...outputOptions, output]));
}

async function facts(song, durationSeconds) {
  const meter = new SoundMeter(durationSeconds * RATE);
  const lines = new LoudnessLines();
  const before = process.cpuUsage();
  const log = await ffmpeg(song, [...surveyOptions(durationSeconds), '-'], (bytes) => meter.add(bytes));
  for (const line of log.split('\n')) lines.take(line);
  const { samples, samplePeak } = meter.read();
  lines.read(samples / RATE, samplePeak);
  const { user, system } = process.cpuUsage(before);
  return { seconds: samples / RATE, cpu: cpuOf(log), node: (user + system) / 1e6 };
}

/** Resolves to the output of the process. */
async function ffmpeg(song, options, onOutput = () => {}) {
  const quiet = [
    '-hide_banner',
    '-nostdin',
    '-nostats',
    '-benchmark',
    '-threads',
    '1',
    '-filter_threads',
    '1',
  ];
  const child = spawn('ffmpeg', [...quiet, '-y', '-i', song, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  child.stdout.on('data', onOutput);
  child.stderr.on('data', (text) => said.push(text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}:\n${said.join('').slice(-2000)}`);
  return said.join('');
}

function cpuOf(log) {
  const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(log);
  return Number(user) + Number(system);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
