/** A house over a database of its own, with one song that ffmpeg really made, and copies of it under other ids. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import mongoose from 'mongoose';

const DIST = resolve(process.env.DIST_DIR ?? 'dist');
const ACCOUNT = { email: 'bench@example.com', password: 'only for measuring' };

export async function openLibrary(env) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-edge-'));
  const database = await start('embedded/database/main.js', ['--data', join(folder, 'database'), '--port', '0'], {}, /mongodb:\/\/127\.0\.0\.1:\d+/);
  const uri = `${database.found}/music?directConnection=true`;
  const house = await start(
    'main.js',
    [],
    { ...env, MONGODB_URI: uri, DATA_DIR: folder, PORT: '0', HOST: '127.0.0.1', LOG_FORMAT: 'json', LOG_LEVEL: 'info', NODE_ENV: 'production', MIN_FREE_DISK_BYTES: '0', ADMIN_EMAIL: ACCOUNT.email, ADMIN_PASSWORD: ACCOUNT.password },
    /listening on (http:\/\/[^\s"]+)/,
  );
  const close = async () => {
    await house.end();
    await database.end();
    await rm(folder, { recursive: true, force: true });
  };
  const url = house.found.replace('localhost', '127.0.0.1');
  return { url, close, songs: (count, file) => songsOf(url, uri, folder, count, file), sent: () => sent(url) };
}

/** Ids of `count` songs. The first is real; the others are its documents and files under ids of their own. */
async function songsOf(url, uri, folder, count, file) {
  const first = await readySong(url, file);
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const songs = client.db().collection('songs');
  const model = await songs.findOne({ _id: new mongoose.Types.ObjectId(first) });
  const media = (id) => join(folder, 'media/songs', id);
  const ids = [first];
  while (ids.length < count) {
    const id = new mongoose.Types.ObjectId();
    const sha256 = randomBytes(32).toString('hex');
    const key = model.original.key.replace(first, String(id)).replace(/original-[0-9a-f]{16}/, `original-${sha256.slice(0, 16)}`);
    // Hard links: nobody changes them, and two hundred songs take the room of one.
    execFileSync('cp', ['-al', media(first), media(String(id))]);
    await rename(join(media(String(id)), basename(model.original.key)), join(media(String(id)), basename(key)));
    await songs.insertOne({ ...model, _id: id, uniqueSha256: sha256, original: { ...model.original, key, sha256 } });
    ids.push(String(id));
  }
  await client.close();
  return ids;
}

/** What has left the house by its own count: { segment: { requests, bytes }, … }. */
async function sent(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const kinds = {};
  for (const [, name, kind, value] of text.matchAll(/^media_(sent_bytes|responses)_total\{kind="(\w+)"[^}]*\} (\d+)/gm)) {
    kinds[kind] ??= { requests: 0, bytes: 0 };
    kinds[kind][name === 'responses' ? 'requests' : 'bytes'] += Number(value);
  }
  return kinds;
}

async function start(script, args, env, pattern) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(DIST, script), ...args], { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  process.once('exit', () => child.kill());
  const found = await new Promise((done, fail) => {
    child.once('exit', () => fail(new Error(`${script} did not open`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = pattern.exec(line);
      if (match) done(match[1] ?? match[0]);
    });
  });
  const end = async () => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await gone;
  };
  return { found, end };
}

async function readySong(url, file) {
  const { login } = await ask(url, 'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }', ACCOUNT);
  const form = new FormData();
  const query = 'mutation ($file: Upload!) { uploadSong(file: $file, input: { title: "A song" }) { id } }';
  form.set('operations', JSON.stringify({ query, variables: { file: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.file'] }));
  form.set('0', await openAsBlob(file), 'song.mp3');
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
