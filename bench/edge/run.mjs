/**
 * How much of a day's listening an edge answers: 200 songs, Zipf(1.0), 2,000 plays through a real nginx edge in front of
 * a real server, its cache empty at first.
 *
 *   npm run build && npm run bench:edge      (--quick: one run, printed as JSON; nothing is written)
 *
 * The song is a tone of 40 s; REAL_SONG names a file instead (of five minutes: 100,000 requests a run).
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLibrary } from './library.mjs';
import { cut, Listener, trace } from './listeners.mjs';
import { freePort, openEdge } from './nginx.mjs';
import { tables, totals } from './report.mjs';

const QUICK = process.argv.includes('--quick');
const README = new URL('./README.md', import.meta.url);
const [SONGS, PLAYS] = [200, 2_000];
const COMPRESSION = 30;
/** Concurrent listeners. More would measure how two cores are shared instead of the cache of the edge. */
const LISTENERS = Number(process.env.LISTENERS ?? 20);
const QUALITIES = ['64k', '128k', '256k', '320k'];
const SECRETS = { STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: 'a-secret-only-for-measuring-the-edge' };
const RUNS = QUICK
  ? [{ ahead: 16, abandoned: 0 }]
  : [
      { ahead: 0, abandoned: 0 },
      { ahead: 16, abandoned: 0 },
      { ahead: 16, abandoned: 0.5 },
    ];

process.once('SIGTERM', () => process.exit(143));
const port = await freePort();
const scratch = await mkdtemp(join(tmpdir(), 'bench-edge-song-'));
// The server's own check of its edge would count as a listener.
const library = await openLibrary({ ...SECRETS, CDN_BASE_URL: `http://127.0.0.1:${port}/media`, CDN_CHECK_SECONDS: '0' });
try {
  const songs = await library.songs(SONGS, process.env.REAL_SONG ?? tone(join(scratch, 'tone.mp3'), 40));
  const runs = [];
  for (const run of RUNS) {
    const edge = await openEdge(port, library.url, { ...SECRETS, EDGE_READ_AHEAD: String(run.ahead) });
    try {
      runs.push({ ...run, ...(await measure(songs, run.abandoned, edge)) });
    } finally {
      await edge.close();
    }
    if (!QUICK) console.error(JSON.stringify(runs.at(-1).total.segment));
  }
  if (QUICK) console.log(JSON.stringify(runs[0]));
  else await report(tables(runs));
} finally {
  await library.close();
  await rm(scratch, { recursive: true, force: true });
}

async function measure(songs, abandoned, edge) {
  const cutsBefore = cut.api + cut.edge;
  const plays = trace({ songs, plays: PLAYS, qualities: QUALITIES, abandoned });
  const before = await library.sent();
  const began = performance.now();
  const played = [];
  const progress = setInterval(() => console.error(`${played.length} plays; cut ${JSON.stringify(cut)}`), 20_000);
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < plays.length; at = next++) {
      await new Listener(library.url, COMPRESSION, (play) => played.push(play)).play(plays[at], at);
    }
  };
  await Promise.all(Array.from({ length: LISTENERS }, lane));
  clearInterval(progress);
  const seconds = (performance.now() - began) / 1000;
  // Segments that are still being read ahead belong to the run.
  await sleep(2_000);
  return totals({ played, before, after: await library.sent(), seconds, cuts: cut.api + cut.edge - cutsBefore, complaints: edge.complaints });
}

/** A continuously changing tone. */
function tone(path, seconds) {
  const source = `aevalsrc='0.4*sin(2*PI*(220+4*t)*t)|0.4*sin(2*PI*(330+3*t)*t)':s=44100:d=${seconds}`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-b:a', '192k', path]);
  return path;
}

async function report(lines) {
  console.log(lines.join('\n'));
  const facts = `${SONGS} songs, ${PLAYS} plays, ${LISTENERS} listeners at once, time compressed ${COMPRESSION} times, Node ${process.version}, ${cpus().length} cores, load average at the end ${loadavg()[0].toFixed(1)}.`;
  const readme = await readFile(README, 'utf8');
  await writeFile(README, readme.replace(/(<!-- measured -->)[\s\S]*(<!-- \/measured -->)/, `$1\n\n${facts}\n\n${lines.join('\n')}\n\n$2`));
}
