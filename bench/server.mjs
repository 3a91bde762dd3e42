/** A compiled server for measurements: processes of its own in a folder of its own, and songs ready to play. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const ACCOUNT = { email: 'bench@example.com', password: 'only for measuring' };
const DATABASE = resolve('packages/embedded-mongo/dist/main.js');

const { ApiClient } = await import(join(DIST, 'cli/api-client.js'));
const { ServerProcess } = await import(join(DIST, 'cli/server-process.js'));

/** `{ url, uri, pid, folder, api, readySong, close }`: `uri` leads to its database, `api` is signed in as administrator. */
export async function bootstrap(env = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-server-'));
  const database = await startDatabase(join(folder, 'database'));
  const uri = `${database.url}/music?directConnection=true`;
  const server = await startProcess(join(DIST, 'main.js'), { env: { ...own(folder, uri), ...env } });
  const url = server.url.replace('localhost', '127.0.0.1');
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

/** Starts a database on a folder; its `url` leads to it. */
export function startDatabase(folder) {
  return startProcess(DATABASE, { args: ['--data', folder, '--port', '0'], announcement: /mongodb:\/\/127\.0\.0\.1:\d+/ });
}

/** Starts a compiled program with PATH, HOME and `env`, as ServerProcess does; it ends with this process. */
export async function startProcess(script, { env = {}, ...options } = {}) {
  const { PATH, HOME } = process.env;
  const server = await ServerProcess.start(script, { env: { PATH, HOME, ...env }, ...options });
  process.once('exit', () => server.child.kill());
  return server;
}
