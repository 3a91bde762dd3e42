import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { ApiClient } from '../api-client.js';
import { columnWidths, tableLines } from '../table.js';
import { untilInterruptedOrUnread } from '../terminal.js';
import { DemoServer } from './demo-server.js';
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

/** Shows upload, transcode and playback as an administrator and a player use them. Rejects with the signal's reason. */
async function demo(
  folder: string,
  songPath: string | undefined,
  keepServing: boolean,
  signal: AbortSignal,
): Promise<void> {
  const admin = { email: 'admin@example.com', password: randomBytes(12).toString('base64url') };
  step('Starting a private server (embedded database, Redis, local storage)');
  const server = await DemoServer.start(join(folder, 'data'), admin, signal);
  const interrupted = once(signal, 'abort').then(() => Promise.reject(signal.reason as Error));
  interrupted.catch(() => undefined); // the signal may abort while nothing awaits it
  try {
    const song = songPath ?? (step('Making a one-minute song'), await makeDemoSong(folder, signal));
    const sources = await Promise.race([showMainJob(server, admin, song), interrupted, server.failure]);
    if (!keepServing) return;
    printAddresses(server, sources, admin);
    await Promise.race([once(signal, 'abort'), server.failure]);
  } finally {
    await server.close();
  }
}

async function showMainJob(server: DemoServer, admin: Admin, song: string): Promise<DemoSources> {
  const api = new ApiClient(server.url);
  await api.login(admin.email, admin.password);
  step(`Uploading ${basename(song)}`);
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
  return hlsSources;
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
  const rule = columnWidths([head, ...rows]).map((width) => '─'.repeat(width));
  const right = { align: 'right' } as const;
  const lines = tableLines([head, rule, ...rows], [{}, {}, right, right, right, right]);
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

function printAddresses(server: DemoServer, sources: DemoSources, admin: Admin): void {
  process.stdout.write(
    `  Play it      ${sources.masterPlaylist}\n  Original     ${sources.fallbackUrl}\n  GraphQL      ${server.url}/graphql\n` +
      `  Sign in as   ${admin.email} / ${admin.password}\n  Health       ${server.url}/health\n\n  Ctrl-C ends it.\n`,
  );
}

function step(text: string): void {
  process.stdout.write(`▸ ${text}\n`);
}

async function fileAt(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new Error(`There is no file ${path}.`);
  return resolve(path);
}

// Before any file or process is created, so that an interruption at any time leaves nothing behind.
const signal = untilInterruptedOrUnread();
const options = process.argv.slice(2);
const given = options.find((option) => !option.startsWith('--'));
const keepServing = process.stdout.isTTY === true && !options.includes('--once');
await mkdir('.demo', { recursive: true });
const folder = await mkdtemp(resolve('.demo/run-'));
try {
  await demo(folder, given && (await fileAt(given)), keepServing, signal);
} catch (error) {
  const outcome = signal.aborted ? 'was interrupted.' : `failed: ${(error as Error).message}`;
  process.stderr.write(`\n  The demo ${outcome}\n\n`);
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  // Processes of a server that was interrupted while starting may still be writing.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
// Do not wait for requests in progress after an interruption.
process.exit();
