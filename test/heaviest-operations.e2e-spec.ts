import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { searchWordsOf } from '../src/songs/search-words.js';
import { cpuTimeMs } from './support/cpu-time.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { TestServer } from './support/test-server.js';

const { ObjectId } = mongoose.mongo;
const ALBUMS = 12;
/** The most tracks that an album may have. */
const TRACKS = 500;
/**
 * Highest processor time of an allowed operation, as a multiple of a page of 100 songs. Such a page takes 8 to 10 ms on
 * an ordinary machine, and no operation may take more than 500 ms there.
 */
const BOUND = 40;
const LIGHT = '{ songs(first: 100) { edges { node { id title artist } } } }';
const LIGHT_TRIES = 30;
const HEAVY_TRIES = 3;

interface Answer {
  data?: unknown;
  errors?: { extensions: { code: string } }[];
}

let database: EmbeddedDatabase;
let server: TestServer;
let lightMs: number;
let albums: string[];

beforeAll(async () => {
  database = await EmbeddedDatabase.start();
  albums = await seed();
  server = await TestServer.start({ MONGODB_URI: database.uri, WORKER: 'none' });
  await Promise.all(Array.from({ length: 10 }, () => post(LIGHT)));
  lightMs = (await cpuOf(() => repeatedly(LIGHT_TRIES, () => post(LIGHT)))) / LIGHT_TRIES;
}, 120_000);

afterAll(async () => {
  await server?.close();
  await database?.close();
});

/** Albums of the largest size, whose songs are adjacent in the newest page. */
async function seed(): Promise<string[]> {
  const db = (await database.client()).db('test');
  const ids = Array.from({ length: ALBUMS }, () => new ObjectId());
  await db
    .collection('albums')
    .insertMany(ids.map((_id, i) => ({ _id, title: `Album ${i}`, state: 'PUBLISHED', searchWords: [] })));
  for (let at = 0; at < ALBUMS * TRACKS; at += 1_000)
    await db
      .collection('songs')
      .insertMany(Array.from({ length: 1_000 }, (_, i) => song(at + i, ids[(at + i) % ALBUMS]!)));
  return ids.map(String);
}

function song(number: number, albumId: mongoose.mongo.ObjectId) {
  const facts = {
    title: `Thaw and bright cold dawn ${number}`,
    artist: `Ever Free ${number % 40}`,
    albumTitle: 'Great Hall',
  };
  const at = new Date();
  return {
    _id: new ObjectId(),
    ...facts,
    albumId,
    trackNumber: 1 + Math.floor(number / ALBUMS),
    discNumber: 1,
    durationSeconds: 200,
    searchWords: searchWordsOf(facts),
    original: {
      sha256: String(number),
      bytes: 8e6,
      contentType: 'audio/mpeg',
      codec: 'mp3',
    },
    uniqueSha256: String(number),
    processing: {
      state: 'READY',
      percent: 100,
      attempt: 1,
      queuedAt: at,
      startedAt: at,
      finishedAt: at,
    },
    publishedGeneration: 'g1',
    generations: [
      {
        id: 'g1',
        createdAt: at,
        durationSeconds: 200,
        bytes: 6e6,
        renditions: [],
      },
    ],
    artwork: null,
  };
}

async function post(query: string): Promise<Answer> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Answer;
}

async function repeatedly(tries: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < tries; i += 1) await act();
}

/** Processor time of server and database together, milliseconds. */
async function cpuOf(act: () => Promise<unknown>): Promise<number> {
  const pids = [server.pid, database.pid];
  const before = await cpuTimeMs(...pids);
  await act();
  return (await cpuTimeMs(...pids)) - before;
}

const times = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');
const SONG =
  'id title artist albumTitle trackNumber year durationSeconds createdAt plays processing { state percent } original { bytes codec } generations { id bytes } artwork { placeholder }';
const aliased = (count: number, field: string) => `{ ${times(count, (i) => `a${i}: ${field}`)} }`;

/** Each operation is as large as the limit allows, or larger than it looks. */
const SHAPES: [string, () => string, string | null][] = [
  [
    'twenty times a large album',
    () => aliased(20, `album(id: "${albums[0]!}") { tracks { ${SONG} } }`),
    'QUERY_TOO_COSTLY',
  ],
  [
    'a hundred large albums one by one',
    () => `{ ${times(100, (i) => `a${i}: album(id: "${albums[i % ALBUMS]!}") { title tracks { id } }`)} }`,
    'QUERY_TOO_COSTLY',
  ],
  [
    'the albums of a page of songs, with their tracks',
    () => '{ songs(first: 100) { edges { node { album { tracks { id } } } } } }',
    'QUERY_TOO_COSTLY',
  ],
  [
    'the loudness of large albums',
    () => aliased(10, 'albums(first: 12) { edges { node { loudness { peak } } } }'),
    'QUERY_TOO_COSTLY',
  ],
  [
    'a refusal for each track of a large album',
    () =>
      `{ album(id: "${albums[0]!}") { tracks { ${times(6, (i) => `a${i}: album { tracks { id } }`)} } } }`,
    'QUERY_TOO_COSTLY',
  ],
  [
    'a common word in a state of no song',
    () => aliased(6, 'songs(first: 100, state: FAILED, search: "th") { totalCount edges { node { id } } }'),
    null,
  ],
  [
    'a title of one word said twice',
    () => aliased(9, 'search(query: "th th") { songs(first: 20) { edges { node { id } } } }'),
    null,
  ],
  [
    'many short words',
    () => '{ search(query: "a b c d e f g h") { songs { totalCount edges { node { id } } } } }',
    null,
  ],
  ['hidden drafts', () => aliased(20, 'albums(first: 10, state: DRAFT) { totalCount }'), null],
  ['a hundred times the same album', () => aliased(100, `album(id: "${albums[1]!}") { title }`), null],
  [
    'fields that contradict each other',
    () => `{ ${times(900, (i) => `a: x${i}`)} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'many fragments',
    () =>
      `{ ${times(300, (i) => `...F${i}`)} } ${times(300, (i) => `fragment F${i} on Query { __typename }`)}`,
    null,
  ],
];

describe('the processor time of an operation', () => {
  it.each(SHAPES)('is bounded for %s', async (_, shape, code) => {
    const query = shape();
    const spent: number[] = [];
    let answer: Answer = {};
    for (let i = 0; i < HEAVY_TRIES; i += 1)
      spent.push(await cpuOf(async () => (answer = await post(`${query}${' '.repeat(i)}`))));
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(code ? [code] : undefined);
    expect(Math.min(...spent)).toBeLessThan(BOUND * lightMs);
  });
});
