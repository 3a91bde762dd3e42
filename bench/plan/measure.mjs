/**
 * Measures what a song takes: a real song is uploaded at two lengths to the compiled server, and its documents are
 * measured in the embedded database.
 *
 *   npm run build && node bench/plan/measure.mjs .cache/real-song.mp3      (any song of four minutes or more)
 *
 * Writes src/capacity/measured-song.ts, from which `npm run plan` calculates.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import mongoose from 'mongoose';
import { bootstrap } from '../server.mjs';

const LENGTHS = [60, 240];
/** Names of usual length, because search words are part of the documents. */
const TAGS = [
  'title=The Ship That Never Came',
  'artist=Orchestra of the North',
  'album=Evening Songs',
].flatMap((tag) => ['-metadata', tag]);
const COPIES = 2_000;
const song = process.argv[2];
const folder = await mkdtemp(join(tmpdir(), 'plan-'));
const server = await bootstrap();
try {
  await measure(server);
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure({ uri, api, readySong }) {
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const db = client.db();
  const measured = [];
  for (const seconds of LENGTHS) {
    measured.push(await weigh(readySong, db, seconds));
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
    new URL('../../src/capacity/measured-song.ts', import.meta.url),
    source(measured, perSong, perPlay),
  );
}

async function weigh(readySong, db, seconds) {
  const path = join(folder, `${seconds}.mp3`);
  execFileSync('ffmpeg', ['-v', 'error', '-i', song, '-t', String(seconds), '-b:a', '128k', ...TAGS, path]);
  const id = await readySong(path);
  const doc = await db.collection('songs').findOne({ _id: new mongoose.Types.ObjectId(id) });
  return { id, seconds: doc.durationSeconds, generation: doc.generations[0] };
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
  /** The constant size per song, and the size per second. */
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
