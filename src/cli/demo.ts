import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { ApiClient } from './api-client.js';
import { DemoHouse } from './demo-house.js';
import { makeDemoSong } from './demo-song.js';
import { playEverything, type CheckedQuality } from './playback-check.js';

interface Admin {
  email: string;
  password: string;
}

interface DemoSong {
  id: string;
  title: string;
  artist: string | null;
  durationSeconds: number;
  processing: { state: string; percent: number; error: { message: string } | null };
}

interface DemoSources {
  masterPlaylist: string;
  fallbackUrl: string;
  qualities: { name: string; label: string }[];
}

const SONG = 'id title artist durationSeconds processing { state percent error { message } }';
const POLL_MS = 250;

/** The main job from end to end, as an admin and a frontend would live it. */
async function demo(folder: string, songPath: string | undefined, keepServing: boolean): Promise<void> {
  const admin = { email: 'admin@example.com', password: randomBytes(12).toString('base64url') };
  step('Opening a house of its own (embedded database, real Redis, local storage)');
  const house = await DemoHouse.open(join(folder, 'data'), admin);
  try {
    await Promise.race([showMainJob(house, admin, folder, songPath, keepServing), interruption(house)]);
  } finally {
    await house.close();
  }
}

async function showMainJob(
  house: DemoHouse,
  admin: Admin,
  folder: string,
  songPath: string | undefined,
  keepServing: boolean,
): Promise<void> {
  const song = songPath ?? (step('Making a one-minute song'), await makeDemoSong(folder));
  const api = new ApiClient(house.url);
  await api.login(admin.email, admin.password);
  step(`Uploading ${song.split('/').pop()}`);
  const { uploadSong } = await api.upload<{ uploadSong: DemoSong }>(
    `mutation ($file: Upload!) { uploadSong(file: $file) { ${SONG} } }`,
    song,
  );
  const { title, artist, durationSeconds } = uploadSong;
  step(`Transcoding "${title}" by ${artist ?? 'an unknown artist'}, ${durationSeconds.toFixed(1)} s`);
  await showProgress(api, uploadSong.id);
  const { hlsSources } = await api.ask<{ hlsSources: DemoSources }>(
    'query ($id: ID!) { hlsSources(songId: $id) { masterPlaylist fallbackUrl qualities { name label } } }',
    { id: uploadSong.id },
  );
  step('Fetching the master, every playlist and every segment');
  printTable(await playEverything(hlsSources.masterPlaylist), hlsSources.qualities);
  if (keepServing) await serve(house, hlsSources, admin);
}

/** Settles when a person has seen enough, or the house ended by itself. */
function interruption(house: DemoHouse): Promise<void> {
  return new Promise((done, fail) => {
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
    house.onUnexpectedEnd(() => fail(new Error('The house ended by itself.')));
  });
}

async function showProgress(api: ApiClient, songId: string): Promise<void> {
  const bar = new SingleBar({
    format: '  {bar} {percentage} %  {state}',
    noTTYOutput: true,
    notTTYSchedule: 1000,
  });
  bar.start(100, 0, { state: 'QUEUED' });
  try {
    for (;;) {
      const { song } = await api.ask<{ song: DemoSong }>(`query ($id: ID!) { song(id: $id) { ${SONG} } }`, {
        id: songId,
      });
      const { state, percent, error } = song.processing;
      bar.update(percent, { state });
      if (state === 'READY') return;
      if (state === 'FAILED') throw new Error(error?.message ?? 'The transcode failed.');
      await sleep(POLL_MS);
    }
  } finally {
    bar.stop();
  }
}

function printTable(checked: CheckedQuality[], known: DemoSources['qualities']): void {
  const rows = checked.map(({ name, bandwidth, segments, bytes, seconds }) => [
    name,
    known.find((quality) => quality.name === name)?.label ?? '',
    `${(bandwidth / 1000).toFixed(1)} kbit/s`,
    String(segments),
    bytes.toLocaleString('en'),
    seconds.toFixed(2),
  ]);
  const head = ['quality', 'label', 'bandwidth', 'segments', 'bytes', 'seconds'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]) =>
    `  ${cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}\n`;
  process.stdout.write(
    `\n${line(head)}${line(widths.map((width) => '─'.repeat(width)))}${rows.map(line).join('')}\n`,
  );
}

async function serve(
  house: DemoHouse,
  sources: DemoSources,
  admin: { email: string; password: string },
): Promise<void> {
  process.stdout.write(
    `  Play it      ${sources.masterPlaylist}\n  Original     ${sources.fallbackUrl}\n  GraphQL      ${house.url}/graphql\n` +
      `  Sign in as   ${admin.email} / ${admin.password}\n  Health       ${house.url}/health\n\n  Ctrl-C ends it.\n`,
  );
  await new Promise(() => undefined); // until interruption()
}

function step(text: string): void {
  process.stdout.write(`▸ ${text}\n`);
}

const options = process.argv.slice(2);
const given = options.find((option) => !option.startsWith('--'));
const keepServing = process.stdout.isTTY === true && !options.includes('--once');
await mkdir('.demo', { recursive: true });
const folder = await mkdtemp(resolve('.demo/run-'));
try {
  if (given) await access(given).catch(() => Promise.reject(new Error(`There is no file ${given}.`)));
  await demo(folder, given && resolve(given), keepServing);
} catch (error) {
  process.stderr.write(`\n  The demo failed: ${(error as Error).message}\n\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
