/**
 * What a song weighs in this house: a real song is uploaded at two lengths to the compiled server, and its documents are
 * counted in the embedded database.
 *
 *   npm run build && node bench/plan/measure.mjs <song of four minutes or more>
 *
 * Writes src/delivery/measured-song.ts, from which `npm run plan` calculates.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import mongoose from 'mongoose';

const DIST = resolve('dist');
const { ApiClient } = await import(`${DIST}/cli/api-client.js`);
const LENGTHS = [60, 240];
/** What finds a song is part of its documents: names of usual length. */
const TAGS = [
  'title=The Ship That Never Came',
  'artist=Orchestra of the North',
  'album=Evening Songs',
].flatMap((tag) => ['-metadata', tag]);
const COPIES = 2_000;
const EMAIL = 'plan@example.com';
const PASSWORD = 'correct horse battery';
const song = process.argv[2];
const folder = await mkdtemp(join(tmpdir(), 'plan-'));
const children = [];
try {
  await measure();
} finally {
  for (const child of children.reverse()) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}

async function measure() {
  const database = start('embedded/database/main.js', ['--data', join(folder, 'db'), '--port', '0'], {});
  const [{ port }] = await once(database, 'message');
  const uri = `mongodb://127.0.0.1:${port}/music`;
  const house = start('main.js', [], { MONGODB_URI: uri, DATA_DIR: join(folder, 'house') });
  const api = new ApiClient(await addressOf(house));
  await api.login(EMAIL, PASSWORD);
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const db = client.db();
  const measured = [];
  for (const seconds of LENGTHS) {
    measured.push(await weigh(api, db, seconds));
    console.log(`${seconds} s weighed`);
  }
  const perSong = await bytesPerCopy(db, 'songs', () => {
    const sha256 = randomBytes(32).toString('hex');
    return { _id: new mongoose.Types.ObjectId(), 'original.sha256': sha256, uniqueSha256: sha256 };
  });
  await api.ask(
    'mutation ($song: ID!, $play: ID!) { recordPlay(songId: $song, playId: $play, seconds: 50) { counts } }',
    {
      song: measured[0].id,
      play: randomUUID(),
    },
  );
  const perPlay = await bytesPerCopy(db, 'plays', () => ({
    _id: randomUUID(),
    seq: new mongoose.Types.ObjectId(),
  }));
  await client.close();
  await writeFile(
    new URL('../../src/delivery/measured-song.ts', import.meta.url),
    source(measured, perSong, perPlay),
  );
}

async function weigh(api, db, seconds) {
  const path = join(folder, `${seconds}.mp3`);
  execFileSync('ffmpeg', ['-v', 'error', '-i', song, '-t', String(seconds), '-b:a', '128k', ...TAGS, path]);
  const { uploadSong } = await api.upload(
    'mutation ($file: Upload!) { uploadSong(file: $file) { id } }',
    path,
    {},
  );
  for (;;) {
    const doc = await db.collection('songs').findOne({ _id: new mongoose.Types.ObjectId(uploadSong.id) });
    const [generation] = doc.generations;
    if (generation) return { id: uploadSong.id, seconds: doc.durationSeconds, generation };
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** Documents and indexes together, as dbStats of the embedded database counts them. */
async function bytesPerCopy(db, name, fresh) {
  const size = async () => {
    const { dataSize, indexSize } = await db.command({ dbStats: 1 });
    return dataSize + indexSize;
  };
  const original = await db.collection(name).findOne();
  const before = await size();
  const copies = Array.from({ length: COPIES }, () => {
    const copy = structuredCloneOf(original);
    for (const [key, value] of Object.entries(fresh())) {
      if (key.includes('.')) copy.original.sha256 = value;
      else copy[key] = value;
    }
    return copy;
  });
  await db.collection(name).insertMany(copies);
  return Math.round(((await size()) - before) / COPIES);
}

function structuredCloneOf(doc) {
  const { EJSON } = mongoose.mongo.BSON;
  return EJSON.deserialize(EJSON.serialize(doc, { relaxed: false }), { relaxed: false });
}

function source(measured, databaseBytesPerSong, databaseBytesPerPlay) {
  const [short, long] = measured;
  /** A part that every song has, and one that grows with it. */
  const line = (of) => {
    const perSecond = (of(long) - of(short)) / (long.seconds - short.seconds);
    const round = (value) => Number(value.toFixed(4));
    return `{ fixed: ${round(of(short) - perSecond * short.seconds)}, perSecond: ${round(perSecond)} }`;
  };
  const rendition = (name) => (m) => m.generation.renditions.find((r) => r.name === name);
  const names = long.generation.renditions.map(({ name }) => name);
  const others = (m) =>
    m.generation.bytes - m.generation.renditions.reduce((sum, { bytes }) => sum + bytes, 0);
  return `/** What grows with a song: a part that every song has, and one a second. */
export interface Line {
  readonly fixed: number;
  readonly perSecond: number;
}

/**
 * Measured, not calculated: ${basename(song)}, cut to ${LENGTHS.join(' and ')} s, uploaded to this server and counted; written by
 * bench/plan/measure.mjs on ${new Date().toISOString().slice(0, 10)}. Bytes; MPEG-TS segments.
 */
export const MEASURED_SONG: {
  readonly renditions: Readonly<Record<string, Line>>;
  readonly segments: Line;
  readonly masterAndWaveform: Line;
  readonly databasePerSong: number;
  readonly databasePerPlay: number;
} = {
  /** Segments and playlist of each quality, bytes. */
  renditions: {
${names.map((name) => `    '${name}': ${line((m) => rendition(name)(m).bytes)},`).join('\n')}
  },
  /** Of one quality, number. */
  segments: ${line((m) => m.generation.renditions[0].segments)},
  /** bytes. */
  masterAndWaveform: ${line(others)},
  /** Document and indexes in the embedded database, bytes. */
  databasePerSong: ${databaseBytesPerSong},
  databasePerPlay: ${databaseBytesPerPlay},
};
`;
}

function start(script, args, env) {
  const child = spawn(process.execPath, [join(DIST, script), ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      HOST: '127.0.0.1',
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
      MIN_FREE_DISK_BYTES: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}

function addressOf(child) {
  return new Promise((found) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /listening on (http:\/\/[^\s"]+)/.exec(line)?.[1];
      if (url) found(url);
    });
  });
}
