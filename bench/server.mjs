/** A compiled server for measurements: processes of its own in a folder of its own, and songs ready to play. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const ACCOUNT = { email: 'bench@example.com', password: 'only for measuring' };
const DATABASE = resolve('packages/embedded-mongo/dist/main.js');

/** `{ url, uri, pid, folder, api, readySong, close }`: `uri` leads to its database, `api` is signed in as administrator. */
export async function bootstrap(env = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-server-'));
  const database = await start(DATABASE, ['--data', join(folder, 'database'), '--port', '0'], {}, /mongodb:\/\/127\.0\.0\.1:\d+/);
  const uri = `${database.found}/music?directConnection=true`;
  const server = await start(join(DIST, 'main.js'), [], { ...own(folder, uri), ...env }, /listening on (http:\/\/[^\s"]+)/);
  const url = server.found.replace('localhost', '127.0.0.1');
  const { ApiClient } = await import(`${DIST}/cli/api-client.js`);
  const api = new ApiClient(url);
  await api.login(ACCOUNT.email, ACCOUNT.password);
  const close = async () => {
    await server.end();
    await database.end();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, uri, folder, api, close, pid: server.pid, readySong: (file) => readySong(api, file) };
}

function own(folder, uri) {
  const quiet = { LOG_FORMAT: 'json', LOG_LEVEL: 'info', NODE_ENV: 'production', MIN_FREE_DISK_BYTES: '0' };
  const account = { ADMIN_EMAIL: ACCOUNT.email, ADMIN_PASSWORD: ACCOUNT.password };
  return { MONGODB_URI: uri, DATA_DIR: folder, PORT: '0', HOST: '127.0.0.1', ...quiet, ...account };
}

/** Uploads a song. Resolves to its id once all its qualities are ready. */
async function readySong(api, file) {
  const upload = 'mutation ($file: Upload!) { uploadSong(file: $file) { id } }';
  const { id } = (await api.upload(upload, file, {})).uploadSong;
  for (;;) {
    const { song } = await api.ask('query ($id: ID!) { song(id: $id) { processing { state error { message } } } }', { id });
    if (song.processing.state === 'READY') return id;
    if (song.processing.state === 'FAILED') throw new Error(song.processing.error.message);
    await sleep(500);
  }
}

async function start(script, args, env, pattern) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [script, ...args], { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  process.once('exit', () => child.kill());
  const found = await new Promise((done, fail) => {
    child.once('exit', () => fail(new Error(`${script} did not start`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = pattern.exec(line);
      if (match) done(match[1] ?? match[0]);
    });
  });
  const end = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  return { found, end, pid: child.pid };
}
