/**
 * A real library end to end: Debian's `hyperrogue-music` (17 pieces and 84 sounds, all Ogg Vorbis, 61 MB)
 * is imported by `npm run import`, transcoded, and searched.
 *
 *   npm run build && node bench/library/real.mjs [--limit n]        (DIST_DIR the build; needs apt-get and dpkg-deb)
 *
 * The package is downloaded once into .cache/hyperrogue-music; the server is a temporary one.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startProcess } from '../server.mjs';
import { askOnce } from './load.mjs';

const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const CACHE = resolve('.cache/hyperrogue-music');
const WAIT_SECONDS = 1_800;
/** Search texts, and a title that must be among the results. */
const SEARCHES = [
  ['rlyeh', /R'Lyeh/],
  ['sav pal', /Palace/],
  ['HYPERR cross', /Crossroads/],
  ['neonc grave', /Graveyard/],
];

const music = unpacked();
const dataDir = await mkdtemp(join(tmpdir(), 'real-library-'));
const account = { ADMIN_EMAIL: 'bench@example.com', ADMIN_PASSWORD: 'only for measuring' };
const server = await startProcess(join(DIST, 'main.js'), {
  env: { PORT: '0', HOST: '127.0.0.1', LOG_FORMAT: 'json', DATA_DIR: dataDir, ...account },
});
try {
  const { url } = server;
  const rows = [];
  const started = performance.now();
  const code = await imported(url, process.argv.slice(2));
  rows.push(['import', seconds(started), `exit code ${code}`]);
  const states = await settled(url);
  rows.push(['import and transcode', seconds(started), JSON.stringify(states)]);
  for (const [typed, expected] of SEARCHES) rows.push(await searched(url, typed, expected));
  console.log(
    `\n| step | took | outcome |\n|---|--:|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`,
  );
} finally {
  await server.end();
  await rm(dataDir, { recursive: true, force: true });
}

function unpacked() {
  const folder = join(CACHE, 'usr/share/hyperrogue');
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    execFileSync('apt-get', ['download', 'hyperrogue-music'], { cwd: CACHE, stdio: 'inherit' });
    const archive = readdirSync(CACHE).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', archive, '.'], { cwd: CACHE });
  }
  return folder;
}

function imported(url, options) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(DIST, 'cli/import/import.js'), music, '--server', url, ...options], {
    env: { PATH, HOME, DATA_DIR: dataDir, ...account },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((done) => child.once('exit', done));
}

/** Waits until no song is queued or being transcoded. Resolves to the number of songs in each state. */
async function settled(url) {
  for (const until = Date.now() + WAIT_SECONDS * 1000; ;) {
    const states = {};
    let after = null;
    do {
      const { data } = await askOnce(url, {
        query:
          'query ($after: String) { songs(first: 100, after: $after) { edges { node { processing { state } } } pageInfo { hasNextPage endCursor } } }',
        variables: { after },
      });
      for (const { node } of data.songs.edges)
        states[node.processing.state] = (states[node.processing.state] ?? 0) + 1;
      after = data.songs.pageInfo.hasNextPage ? data.songs.pageInfo.endCursor : null;
    } while (after);
    if (Date.now() > until || !(states.QUEUED || states.TRANSCODING)) return states;
    await new Promise((done) => setTimeout(done, 1_000));
  }
}

async function searched(url, typed, expected) {
  const started = performance.now();
  const { data } = await askOnce(url, {
    query: 'query ($q: String!) { search(query: $q) { songs { edges { node { title } } } } }',
    variables: { q: typed },
  });
  const titles = data.search.songs.edges.map(({ node }) => node.title);
  const found = titles.some((title) => expected.test(title));
  return [`search "${typed}"`, seconds(started), found ? `found, ${titles.length} in all` : 'NOT FOUND'];
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}
