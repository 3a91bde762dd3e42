/** A house of its own with one real song, ready in all qualities. */
import { spawn } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const SONG = process.env.REAL_SONG ?? '.cache/real-song.mp3';
const ACCOUNT = { email: 'bench@example.com', password: 'only for measuring' };

export async function openHouse() {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-abr-'));
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', LOG_FORMAT: 'json' };
  const child = spawn(process.execPath, [join(DIST, 'main.js')], {
    env: { ...env, NODE_ENV: 'production', ADMIN_EMAIL: ACCOUNT.email, ADMIN_PASSWORD: ACCOUNT.password },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((done, fail) => {
    child.once('exit', () => fail(new Error('the house did not open')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /listening on (http:\/\/[^\s"]+)/.exec(line)?.[1];
      if (found) done(found);
    });
  });
  const close = async () => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await gone;
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url, close, readySong: () => readySong(url) };
}

async function readySong(url) {
  const { login } = await ask(url, 'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }', ACCOUNT);
  const form = new FormData();
  const query = 'mutation ($file: Upload!) { uploadSong(file: $file, input: { title: "A real song" }) { id } }';
  form.set('operations', JSON.stringify({ query, variables: { file: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.file'] }));
  form.set('0', await openAsBlob(SONG), 'song.mp3');
  const { uploadSong } = await send(url, form, { authorization: `Bearer ${login.token}`, 'apollo-require-preflight': 'true' });
  for (;;) {
    const { song } = await ask(url, 'query ($id: ID!) { song(id: $id) { processing { state error { message } } } }', { id: uploadSong.id });
    if (song.processing.state === 'READY') return uploadSong.id;
    if (song.processing.state === 'FAILED') throw new Error(song.processing.error.message);
    await sleep(500);
  }
}

const ask = (url, query, variables) => send(url, JSON.stringify({ query, variables }), { 'content-type': 'application/json' });

async function send(url, body, headers) {
  const { data, errors } = await (await fetch(`${url}/graphql`, { method: 'POST', body, headers })).json();
  if (errors) throw new Error(errors[0].message);
  return data;
}
