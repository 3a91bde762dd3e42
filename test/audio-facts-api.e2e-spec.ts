import { join } from 'node:path';
import { SchemaFactory } from '@nestjs/mongoose';
import { buildClientSchema, getIntrospectionQuery, getNamedType, isObjectType } from 'graphql';
import type { GraphQLSchema, IntrospectionQuery } from 'graphql';
import { MongoClient, ObjectId } from 'mongodb';
import type { Schema } from 'mongoose';
import type { ApiClient } from '../src/cli/api-client.js';
import { Rendition } from '../src/songs/processing/generation.schema.js';
import { SoundFactsSchema } from '../src/songs/processing/sound-facts.schema.js';
import { ffmpeg } from './support/audio-fixtures.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, songOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

interface Facts {
  loudness: {
    integratedLufs: number;
    rangeLu: number;
    truePeakDbtp: number;
    trackGainDb: number;
    trackPeak: number;
    headroomDb: number;
  };
  gapless: {
    encoderDelaySamples: number;
    paddingSamples: number;
    totalSamples: number;
    sampleRateHz: number;
  };
  silence: { leadingSeconds: number; trailingSeconds: number };
  peaksUrl: string;
}

const FACTS = `loudness { integratedLufs rangeLu truePeakDbtp trackGainDb trackPeak headroomDb }
  gapless { encoderDelaySamples paddingSamples totalSamples sampleRateHz }
  silence { leadingSeconds trailingSeconds } peaksUrl`;
const NOTHING = { loudness: null, gapless: null, silence: null, peaksUrl: null };

let services: SharedServices;
let server: TestServer;
let admin: ApiClient;
const folder = tempDir('audio-facts');
let songId: string;

beforeAll(async () => {
  // A tone at -20 dBFS from 1 s to 7 s of 8.
  const tone = 'if(between(t\\,1\\,7)\\,0.1*sin(2*PI*1000*t)\\,0)';
  await ffmpeg(['-f', 'lavfi', '-i', `aevalsrc=${tone}|${tone}:s=44100:d=8`, join(folder, 'tone.flac')]);
  services = await startSharedServices();
  server = await TestServer.start(services.env);
  admin = await server.admin();
}, 60_000);

afterAll(async () => {
  await server?.close();
  await services?.stop();
});

const ask = () =>
  admin.ask<{ hlsSources: Facts & { generation: string | null }; song: { audio: Facts | null } }>(
    `query ($id: ID!) { hlsSources(songId: $id) { generation ${FACTS} } song(id: $id) { audio { ${FACTS} } } }`,
    { id: songId },
  );

describe('the audio facts of a song', () => {
  it('are null before it is measured, and complete once it is READY', async () => {
    songId = (await uploadSong(admin, join(folder, 'tone.flac'))).id;
    const before = await ask();
    if ((await songOf(admin, songId)).publishedGeneration === null) {
      expect(before.hlsSources).toEqual({ generation: null, ...NOTHING });
      expect(before.song.audio).toBeNull();
    }
    await ready(admin, songId);

    const { hlsSources, song } = await ask();
    const { generation, ...facts } = hlsSources;
    expect(song.audio).toEqual(facts);
    const { loudness, gapless, silence, peaksUrl } = facts;
    expect(Math.abs(loudness.integratedLufs + 20)).toBeLessThan(0.3);
    expect(loudness.trackGainDb).toBeCloseTo(-18 - loudness.integratedLufs, 2);
    expect(loudness.truePeakDbtp).toBeCloseTo(-20, 0);
    expect(loudness.headroomDb).toBeCloseTo(-1 - loudness.truePeakDbtp, 2);
    expect(loudness.trackPeak).toBeCloseTo(0.1, 2);
    expect(gapless).toMatchObject({
      encoderDelaySamples: 1024,
      totalSamples: 8 * 44_100,
      sampleRateHz: 44_100,
    });
    expect(silence.leadingSeconds).toBeCloseTo(1, 1);
    expect(silence.trailingSeconds).toBeCloseTo(1, 1);
    expect(peaksUrl).toContain(`/${generation}/peaks.json`);
  });

  it('include a waveform that any site can fetch and every cache may store', async () => {
    const { peaksUrl } = (await ask()).hlsSources;
    const response = await fetch(peaksUrl, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    const { version, points, peaks } = (await response.json()) as Record<string, unknown> & {
      peaks: number[];
    };
    expect({ version, points }).toEqual({ version: 1, points: 800 });
    expect(peaks).toHaveLength(800);
    expect(peaks.slice(0, 99)).toEqual(Array(99).fill(0));
    expect(peaks.slice(101, 699).every((peak) => peak === 0.1)).toBe(true);
    const plain = await fetch(peaksUrl, { headers: { 'accept-encoding': 'identity' } });
    expect(((await plain.json()) as { peaks: number[] }).peaks).toEqual(peaks);
  });

  it('are the same over REST', async () => {
    const rest = (await (await fetch(`${server.url}/api/streaming/hls/${songId}`)).json()) as Facts;
    const { generation: _, ...facts } = (await ask()).hlsSources;
    expect(rest).toMatchObject(facts);
  });

  it('stay while the song is processed again, then come from the new generation', async () => {
    const before = (await ask()).hlsSources;
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id: songId });
    const after = await eventually(async () => {
      const { hlsSources, song } = await ask();
      expect(hlsSources.loudness).toEqual(before.loudness);
      expect(song.audio).not.toBeNull();
      return hlsSources.generation !== before.generation && hlsSources;
    });
    expect({ ...after, generation: '', peaksUrl: '' }).toEqual({ ...before, generation: '', peaksUrl: '' });
    expect(after.peaksUrl).toContain(`/${after.generation}/peaks.json`);
    expect((await fetch(after.peaksUrl)).status).toBe(200);
    expect((await fetch(before.peaksUrl)).status).toBe(200);
  });
});

/** Names of fields, each with the fields below it; null for one that has a plain value. */
interface Fields {
  [name: string]: Fields | null;
}

function storedFields(schema: Schema): Fields {
  const fields = Object.entries(schema.paths).map(([name, { schema: nested }]) => [
    name,
    nested ? storedFields(nested) : null,
  ]);
  return Object.fromEntries(fields) as Fields;
}

function publicFields(schema: GraphQLSchema, typeName: string): Fields {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no object type`);
  const fields = Object.values(type.getFields()).map((field) => {
    const of = getNamedType(field.type);
    return [field.name, isObjectType(of) ? publicFields(schema, of.name) : null];
  });
  return Object.fromEntries(fields) as Fields;
}

/** The fields that a value has. */
function fieldsIn(value: object): Fields {
  const fields = Object.entries(value).map(([name, of]) => [
    name,
    typeof of === 'object' && of !== null && !(of instanceof Date) ? fieldsIn(of as object) : null,
  ]);
  return Object.fromEntries(fields) as Fields;
}

function selectionOf(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, below]) => (below ? `${name} { ${selectionOf(below)} }` : name))
    .join(' ');
}

/** The renditions without the one field that is not public. */
const qualitiesOf = ({ renditions }: { renditions: { segments: number }[] }) =>
  renditions.map(({ segments: _internal, ...rendition }) => rendition);

/** What a client gets of a stored value: dates are ISO strings. */
const asJson = (stored: unknown): unknown => JSON.parse(JSON.stringify(stored));

describe('every stored fact of a READY song', () => {
  const facts = storedFields(SoundFactsSchema);
  const { segments: _internal, ...quality } = storedFields(SchemaFactory.createForClass(Rendition));
  let stored: { facts: object; renditions: { name: string; segments: number }[] };
  let schema: GraphQLSchema;

  beforeAll(async () => {
    schema = buildClientSchema(await admin.ask<IntrospectionQuery>(getIntrospectionQuery()));
    const mongo = await MongoClient.connect(services.env.MONGODB_URI);
    const song = await mongo
      .db()
      .collection('songs')
      .findOne({ _id: new ObjectId(songId) });
    await mongo.close();
    const generations = song!['generations'] as (typeof stored & { id: string })[];
    stored = generations.find(({ id }) => id === song!['publishedGeneration'])!;
  });

  it('has a value in the database', () => {
    expect(fieldsIn(stored.facts)).toEqual(facts);
    for (const rendition of qualitiesOf(stored)) expect(fieldsIn(rendition)).toEqual(quality);
  });

  it.each(['SongAudio', 'HlsSources'])('is a field of %s', (type) => {
    expect(publicFields(schema, type)).toMatchObject(facts);
  });

  it('is a field of HlsQuality if it is one of a quality', () => {
    expect(publicFields(schema, 'HlsQuality')).toMatchObject(quality);
  });

  it('has its stored value in Song.audio, whether the song is queried or returned by a mutation', async () => {
    const audio = `audio { ${selectionOf(facts)} }`;
    const { song } = await admin.ask<{ song: { audio: unknown } }>(
      `query ($id: ID!) { song(id: $id) { ${audio} } }`,
      { id: songId },
    );
    expect(song.audio).toEqual(asJson(stored.facts));
    const { updateSong } = await admin.ask<{ updateSong: { audio: unknown } }>(
      `mutation ($id: ID!) { updateSong(id: $id, input: { title: "Tone" }) { ${audio} } }`,
      { id: songId },
    );
    expect(updateSong.audio).toEqual(asJson(stored.facts));
  });

  it('has its stored value in hlsSources, over GraphQL and REST', async () => {
    const { hlsSources } = await admin.ask<{ hlsSources: { qualities: unknown[] } }>(
      `query ($id: ID!) { hlsSources(songId: $id) { ${selectionOf(facts)} qualities { ${selectionOf(quality)} } } }`,
      { id: songId },
    );
    const { qualities, ...sources } = hlsSources;
    expect(sources).toEqual(asJson(stored.facts));
    expect(qualities).toEqual(asJson(qualitiesOf(stored)));
    const rest = await (await fetch(`${server.url}/api/streaming/hls/${songId}`)).json();
    expect(rest).toMatchObject(asJson(stored.facts) as object);
  });
});
