/**
 * Twenty uploads while eight endless loops keep the processors busy: all must be accepted with their tags and become READY,
 * and /health must answer 200 all the time. `npm run bench:busy [uploads] [loops]` ends after 20 minutes at the latest.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrap } from '../server.mjs';

const LIMIT_MS = 20 * 60_000;
const [uploads = 20, loops = 8] = process.argv.slice(2).map(Number);
const UPLOAD = 'mutation ($file: Upload!) { uploadSong(file: $file) { id title artist artwork { dominantColour } } }';
const STATE = 'query ($id: ID!) { song(id: $id) { processing { state attempt error { code } } } }';

const began = performance.now();
const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
const overdue = setTimeout(() => fail('not over after 20 minutes'), LIMIT_MS);
const folder = await mkdtemp(join(tmpdir(), 'bench-busy-'));
const busy = [];
const server = await bootstrap();
const health = new Map();
let failed = false;
process.once('exit', () => busy.forEach((loop) => loop.kill('SIGKILL')));

const files = Array.from({ length: uploads }, (_, i) => taggedSong(i));
for (let i = 0; i < loops; i++) {
  busy.push(spawn('/bin/sh', ['-c', `ulimit -t ${LIMIT_MS / 1000}; while :; do :; done`], { stdio: 'ignore' }));
}
const watching = setInterval(() => void look(), 500);

const songs = await Promise.allSettled(files.map((file) => server.api.upload(UPLOAD, file, {})));
const accepted = songs.flatMap((song) => (song.status === 'fulfilled' ? [song.value.uploadSong] : []));
const tagged = accepted.filter(({ title, artist, artwork }) => /^Song \d+$/.test(title) && artist === 'Busy' && artwork);
console.log(`${accepted.length} of ${uploads} uploads accepted, ${tagged.length} with tags and cover, after ${seconds()} s`);
for (const song of songs) if (song.status === 'rejected') console.log(`  refused: ${song.reason.message}`);

const open = new Set(accepted.map(({ id }) => id));
let attempts = 1;
while (open.size > 0 && !failed) {
  for (const id of open) {
    const { processing } = (await server.api.ask(STATE, { id })).song;
    attempts = Math.max(attempts, processing.attempt);
    if (processing.state === 'FAILED') fail(`${id} FAILED with ${processing.error.code}`);
    if (['READY', 'FAILED'].includes(processing.state)) open.delete(id);
  }
  await sleep(1000);
}
console.log(`${accepted.length} songs READY after ${seconds()} s, at most ${attempts} attempt(s) each`);
clearInterval(watching);
console.log(`/health: ${[...health].map(([what, times]) => `${times} x ${what}`).join(', ')}`);
if (accepted.length < uploads || tagged.length < uploads || attempts > 1) failed = true;
if ([...health.keys()].some((what) => !what.startsWith('200'))) failed = true;

busy.forEach((loop) => loop.kill('SIGKILL'));
clearTimeout(overdue);
await server.close();
await rm(folder, { recursive: true, force: true });
console.log(failed ? 'FAILED' : 'held');
process.exit(failed ? 1 : 0);

async function look() {
  const answer = await fetch(`${server.url}/health`).catch((error) => ({ status: error.message, json: () => ({}) }));
  const down = Object.keys((await answer.json()).error ?? {});
  const what = [answer.status, ...down].join(' ');
  health.set(what, (health.get(what) ?? 0) + 1);
}

function fail(why) {
  console.log(`FAILED: ${why}`);
  failed = true;
  if (why.startsWith('not over')) process.exit(1);
}

function taggedSong(i) {
  const path = join(folder, `song-${i}.mp3`);
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=${220 + 10 * i}:sample_rate=44100:d=20`];
  const cover = ['-f', 'lavfi', '-i', 'color=c=red:s=500x500:d=1:r=1', '-map', '0:a', '-map', '1:v', '-frames:v', '1'];
  const tags = ['-metadata', `title=Song ${i}`, '-metadata', 'artist=Busy', '-id3v2_version', '3'];
  const encoders = ['-c:v', 'mjpeg', '-disposition:v', 'attached_pic', '-c:a', 'libmp3lame', '-b:a', '192k'];
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...sound, ...cover, ...encoders, ...tags, path]);
  return path;
}
