/** A library of n songs with the uneven words of a real one, written straight into the database. */
import { createHash } from 'node:crypto';
import mongoose from 'mongoose';

const BATCH = 1_000;
const COMMON = 'the a of love in you my to night and i me on life day remix blue heart for dream'.split(' ');
const SYLLABLES =
  'ba be ca da de el fa ga ha in jo ka la li ma mo na ne or pa ra re sa so ta te un va vi wa ya zo'.split(
    ' ',
  );

/** A seeded pseudo-random generator, so that the library is the same every time. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Words whose frequency falls with their rank (Zipf's law). */
function zipf(words, next) {
  const sums = [];
  words.reduce((sum, _, i) => (sums[i] = sum + 1 / (i + 1) ** 0.95), 0);
  return () => {
    const wanted = next() * sums.at(-1);
    let low = 0;
    for (let high = sums.length - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return words[low];
  };
}

function vocabulary(size, next) {
  const words = new Set(COMMON);
  while (words.size < size) {
    const syllables = 1 + Math.ceil(next() * 3);
    words.add(
      Array.from({ length: syllables }, () => SYLLABLES[Math.floor(next() * SYLLABLES.length)]).join(''),
    );
  }
  return [...words];
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const phrase = (word, count) => Array.from({ length: count }, () => capital(word())).join(' ');

/** Generates albums, each with its songs. */
export function* albums(count, searchWordsOf) {
  const next = random(7);
  const word = zipf(vocabulary(20_000, next), next);
  const artists = Array.from({ length: Math.ceil(count / 12) }, () =>
    phrase(word, 1 + Math.floor(next() * 3)),
  );
  const artist = zipf(artists, next);
  const between = (low, high) => low + Math.floor(next() * (high - low + 1));
  let made = 0;
  while (made < count) {
    const by = artist();
    const album = albumOf({ title: phrase(word, between(1, 4)), artist: by }, searchWordsOf);
    const tracks = [];
    for (let track = 1, last = Math.min(between(6, 16), count - made); track <= last; track++, made++) {
      const tags = {
        title: phrase(word, between(1, 5)),
        artist: by,
        albumTitle: album.title,
        trackNumber: track,
        year: between(1960, 2025),
      };
      tracks.push({ ...song(tags, made, searchWordsOf), albumId: album._id });
    }
    yield { album, tracks };
  }
}

function albumOf(facts, searchWordsOf) {
  const createdAt = new Date();
  return {
    _id: new mongoose.Types.ObjectId(),
    ...facts,
    releaseDate: null,
    genre: 'Seeded',
    state: 'PUBLISHED',
    artwork: null,
    searchWords: searchWordsOf({ ...facts, albumTitle: null }),
    createdAt,
    updatedAt: createdAt,
  };
}

function song(tags, number, searchWordsOf) {
  const _id = new mongoose.Types.ObjectId();
  const sha256 = createHash('sha256').update(String(number)).digest('hex');
  const createdAt = new Date();
  return {
    _id,
    ...tags,
    discNumber: 1,
    genre: 'Seeded',
    durationSeconds: 60 + (number % 300),
    original: {
      key: `songs/${_id.toHexString()}/original/${sha256.slice(0, 32)}.mp3`,
      sha256,
      bytes: 8_000_000,
      contentType: 'audio/mpeg',
      codec: 'mp3',
      bitrateKbps: 320,
      sampleRateHz: 44_100,
      channels: 2,
    },
    uniqueSha256: sha256,
    artwork: null,
    processing: {
      state: 'READY',
      percent: 100,
      attempt: 1,
      queuedAt: createdAt,
      startedAt: createdAt,
      finishedAt: createdAt,
      error: null,
      jobId: `${_id.toHexString()}-1`,
      attemptId: null,
      heartbeatAt: null,
    },
    publishedGeneration: `g${number}`,
    generations: [
      {
        id: `g${number}`,
        createdAt,
        durationSeconds: 60 + (number % 300),
        bytes: 6_000_000,
        renditions: [64, 128, 256, 320].map((kbps) => ({
          name: `${kbps}k`,
          bitrateKbps: kbps,
          bandwidth: kbps * 1_050,
          averageBandwidth: kbps * 1_010,
          codecs: 'mp4a.40.2',
          bytes: kbps * 20_000,
          segments: 30,
        })),
      },
    ],
    searchWords: searchWordsOf(tags),
    createdAt,
    updatedAt: createdAt,
  };
}

/** Writes albums and songs into the database at `uri` and prints its progress. */
export async function seed(uri, count, searchWordsOf, tell) {
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const [songs, albumsOf] = ['songs', 'albums'].map((name) => client.db().collection(name));
  let batch = { albums: [], songs: [] };
  let written = 0;
  const write = async () => {
    if (batch.songs.length === 0) return;
    await albumsOf.insertMany(batch.albums, { ordered: false });
    await songs.insertMany(batch.songs, { ordered: false });
    tell((written += batch.songs.length));
    batch = { albums: [], songs: [] };
  };
  try {
    for (const { album, tracks } of albums(count, searchWordsOf)) {
      batch.albums.push(album);
      batch.songs.push(...tracks);
      if (batch.songs.length >= BATCH) await write();
    }
    await write();
  } finally {
    await client.close();
  }
}
