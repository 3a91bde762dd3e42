/** A server with one song that ffmpeg really made, and copies of it under other ids. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import mongoose from 'mongoose';
import { bootstrap } from '../server.mjs';

export async function openLibrary(env) {
  const server = await bootstrap(env);
  return { url: server.url, close: server.close, songs: (count, file) => songsOf(server, count, file), sent: () => sent(server.url) };
}

/** Ids of `count` songs. The first is real; the others are its documents and files under ids of their own. */
async function songsOf(server, count, file) {
  const first = await server.readySong(file);
  const client = await new mongoose.mongo.MongoClient(server.uri).connect();
  const songs = client.db().collection('songs');
  const model = await songs.findOne({ _id: new mongoose.Types.ObjectId(first) });
  const media = (id) => join(server.folder, 'media/songs', id);
  const ids = [first];
  while (ids.length < count) {
    const id = new mongoose.Types.ObjectId();
    const sha256 = randomBytes(32).toString('hex');
    const key = model.original.key.replace(first, String(id)).replace(/original-[0-9a-f]{16}/, `original-${sha256.slice(0, 16)}`);
    // Hard links: the files never change, and two hundred songs take the space of one.
    execFileSync('cp', ['-al', media(first), media(String(id))]);
    await rename(join(media(String(id)), basename(model.original.key)), join(media(String(id)), basename(key)));
    await songs.insertOne({ ...model, _id: id, uniqueSha256: sha256, original: { ...model.original, key, sha256 } });
    ids.push(String(id));
  }
  await client.close();
  return ids;
}

/** What the server has sent according to its own metrics: { segment: { requests, bytes }, … }. */
async function sent(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const kinds = {};
  for (const [, name, kind, value] of text.matchAll(/^media_(sent_bytes|responses)_total\{kind="(\w+)"[^}]*\} (\d+)/gm)) {
    kinds[kind] ??= { requests: 0, bytes: 0 };
    kinds[kind][name === 'responses' ? 'requests' : 'bytes'] += Number(value);
  }
  return kinds;
}
