/** A server on a seeded database, measured from outside. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import mongoose from 'mongoose';
import { startDatabase, startProcess } from '../server.mjs';
import { seed } from './library.mjs';

export const SONGS = Number(process.env.SONGS ?? 100_000);
export const DIST = resolve(process.env.DIST_DIR ?? 'dist');
/** Unit of processor time in /proc, milliseconds (USER_HZ is 100 on every Linux we know). */
const TICK_MS = 10;
/** Version of the data that `library.mjs` seeds. */
const LIBRARY = 2;
/** No cost limits per minute, because the benchmark sends hundreds of queries from one address. */
const UNLIMITED = String(Number.MAX_SAFE_INTEGER);

const { searchWordsOf } = await import(join(DIST, 'songs/search-words.js'));
const folder = resolve('.cache/bench-library', String(SONGS));
const children = [];

/** Starts the database and seeds it if necessary: `{ uri, databasePid }`. */
export async function seededDatabase() {
  const complete = join(folder, 'seeded');
  // A database that was seeded by another version is of no use.
  const words = searchWordsOf({ title: 'The Ångström', artist: 'A', albumTitle: 'B' });
  const recipe = JSON.stringify([LIBRARY, words]);
  const fits = existsSync(complete) && (await readFile(complete, 'utf8')) === recipe;
  if (!fits) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const database = await startDatabase(join(folder, 'database'));
  children.push(database);
  const uri = `${database.url}/music?directConnection=true`;
  if (!fits) await fill(uri).then(() => writeFile(complete, recipe));
  return { uri, databasePid: database.pid };
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

/** Starts the server and waits until it has read all songs for its register of artists: `{ url, pid }`. */
export async function openServer(uri) {
  const env = {
    MONGODB_URI: uri,
    DATA_DIR: join(folder, 'data'),
    PORT: '0',
    HOST: '127.0.0.1',
    WORKER: 'none',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'info',
    GRAPHQL_COST_PER_ADDRESS_AND_MINUTE: UNLIMITED,
    GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE: UNLIMITED,
    ADMIN_EMAIL: 'bench@example.com',
    ADMIN_PASSWORD: 'only for measuring',
  };
  const { PROFILE } = process.env;
  const server = await startProcess(join(DIST, 'main.js'), {
    env: { NODE_ENV: 'production', ...env },
    execArgv: PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${PROFILE}`] : [],
  });
  children.push(server);
  await registered(uri);
  return { url: server.url, pid: server.pid };
}

export async function endAll() {
  for (const child of children.reverse()) await child.end();
}

/** Processor time that a process has used, milliseconds (proc(5): utime and stime); NaN without /proc. */
export function cpuMs(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return NaN;
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .split(') ')
    .at(-1)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}

/** Waits until the register of artists has read all songs once, because that is not part of the measurement. */
async function registered(uri) {
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const marks = client.db().collection('search_marks');
  for (let i = 0; i < 600 && !(await marks.findOne({})); i++)
    await new Promise((done) => setTimeout(done, 200));
  await client.close();
}
