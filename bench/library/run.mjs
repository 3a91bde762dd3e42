/**
 * A library of 100,000 songs in the embedded database: how long a page of it takes with 20 clients at once.
 *
 *   npm run build && npm run bench:library        (SONGS, CLIENTS, SECONDS, PAUSE_MS change the numbers; DIST_DIR the build;
 *                                                  PROFILE a folder for CPU profiles of app and database)
 *
 * The seeded database stays in .cache/bench-library and is used again. Prints a table and writes it into README.md;
 * with ONLY, a regular expression for names of questions, it prints only.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import mongoose from 'mongoose';
import { seed } from './library.mjs';
import { load } from './load.mjs';
import { questions } from './questions.mjs';

const SONGS = Number(process.env.SONGS ?? 100_000);
const CLIENTS = Number(process.env.CLIENTS ?? 20);
const SECONDS = Number(process.env.SECONDS ?? 10);
/** How long a person looks at an answer before the next question, on average. */
const PAUSE_MS = Number(process.env.PAUSE_MS ?? 250);
const WARM_SECONDS = Math.min(3, SECONDS);
const ONLY = process.env.ONLY && new RegExp(process.env.ONLY);
/** What /proc counts processor time in, milliseconds (USER_HZ is 100 on every Linux we know). */
const TICK_MS = 10;
/** Changes with what `library.mjs` seeds. */
const LIBRARY = 2;
const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const README = new URL('./README.md', import.meta.url);
const HEAD = [
  '| question | p50 | p95 | p99 | slowest | answers | errors | CPU app | CPU database |',
  '| --- | --: | --: | --: | --: | --: | --: | --: | --: |',
];

const { searchWordsOf } = await import(join(DIST, 'songs/search-words.js'));
const folder = resolve('.cache/bench-library', String(SONGS));
const children = [];
try {
  await app(await database());
} finally {
  for (const child of children.reverse()) await end(child);
}

async function database() {
  const complete = join(folder, 'seeded');
  // What was seeded for other search words is of no use.
  const words = searchWordsOf({ title: 'The Ångström', artist: 'A', albumTitle: 'B' });
  const recipe = JSON.stringify([LIBRARY, words]);
  const fits = existsSync(complete) && (await readFile(complete, 'utf8')) === recipe;
  if (!fits) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const child = start(
    'embedded/database/main.js',
    ['--data', join(folder, 'database'), '--port', '0'],
    {},
    'ipc',
  );
  const { port } = await new Promise((done, fail) => {
    child.once('message', done);
    child.once('exit', () => fail(new Error('the database did not start')));
  });
  const uri = `mongodb://127.0.0.1:${port}/music?directConnection=true`;
  if (!fits) await fill(uri).then(() => writeFile(complete, recipe));
  return { uri, databasePid: child.pid };
}

async function fill(uri) {
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  await client.db().collection('songs').createIndex({ searchWords: 1, _id: -1 }, { background: true });
  await client.close();
  const start = performance.now();
  await seed(uri, SONGS, searchWordsOf, (written) => {
    console.log(`seeded ${written} in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  });
}

async function app({ uri, databasePid }) {
  const env = {
    MONGODB_URI: uri,
    DATA_DIR: join(folder, 'house'),
    PORT: '0',
    HOST: '127.0.0.1',
    WORKER: 'none',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'info',
    ADMIN_EMAIL: 'bench@example.com',
    ADMIN_PASSWORD: 'only for measuring',
  };
  const child = start('main.js', [], env);
  const url = await new Promise((done, fail) => {
    child.once('exit', () => fail(new Error('the house did not open')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /listening on (http:\/\/[^\s"]+)/.exec(line)?.[1];
      if (found) done(found);
    });
  });
  await registered(uri);
  const asked = (await questions(url, uri, SONGS)).filter(({ name }) => !ONLY || ONLY.test(name));
  const tables = [];
  for (const pauseMs of [PAUSE_MS, 0]) tables.push(await table(url, [child.pid, databasePid], asked, pauseMs));
  if (!ONLY) await report(tables);
}

async function table(url, pids, asked, pauseMs) {
  const title = pauseMs ? `Each client pauses for ${pauseMs} ms on average` : 'No client ever pauses';
  const lines = [`${title}:`, '', ...HEAD];
  console.log(lines.join('\n'));
  for (const { name, ask } of asked) {
    await load(url, CLIENTS, WARM_SECONDS, ask, pauseMs);
    const before = pids.map(cpuMs);
    const result = await load(url, CLIENTS, SECONDS, ask, pauseMs);
    const spent = pids.map((pid, i) => (cpuMs(pid) - before[i]) / result.answers);
    lines.push(row(name, result, spent));
    console.log(lines.at(-1));
  }
  return lines;
}

/** Processor time a process has used, milliseconds (proc(5): utime and stime); NaN where there is no /proc. */
function cpuMs(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return NaN;
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .split(') ')
    .at(-1)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}

/** The register of artists has read all songs once; measured is everyday life. */
async function registered(uri) {
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const marks = client.db().collection('search_marks');
  for (let i = 0; i < 600 && !(await marks.findOne({})); i++)
    await new Promise((done) => setTimeout(done, 200));
  await client.close();
}

function row(name, { p50, p95, p99, max, rate, errors }, spent) {
  const cells = [p50, p95, p99, max].map((ms) => `${ms.toFixed(1)} ms`);
  const cpu = spent.map((ms) => `${ms.toFixed(2)} ms`);
  return `| ${[name, ...cells, `${rate.toFixed(0)}/s`, errors, ...cpu].join(' | ')} |`;
}

async function report(tables) {
  const facts =
    `${SONGS.toLocaleString('en')} songs, ${CLIENTS} clients, ${SECONDS} s each; ${cpus().length} cores shared by app, database ` +
    `and clients, Node ${process.version}, load average at the end ${loadavg()[0].toFixed(1)}.`;
  const readme = await readFile(README, 'utf8');
  const marked = /(<!-- measured -->)[\s\S]*(<!-- \/measured -->)/;
  await writeFile(README, readme.replace(marked, `$1\n\n${facts}\n\n${tables.map((lines) => lines.join('\n')).join('\n\n')}\n\n$2`));
}

function start(script, args, env, ...channels) {
  const flags = process.env.PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.PROFILE}`] : [];
  const child = spawn(process.execPath, [...flags, join(DIST, script), ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', channels.length > 0 ? 'ignore' : 'pipe', 'inherit', ...channels],
  });
  children.push(child);
  return child;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}
