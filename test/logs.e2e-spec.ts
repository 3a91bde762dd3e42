import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient, ObjectId } from 'mongodb';
import type { ApiClient } from '../src/cli/api-client.js';
import { AudioFiles } from './support/audio-files.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, uploadSong, type TestSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';

interface Line {
  msg?: string;
  songId?: string;
  attemptId?: string;
  requestId?: string;
  req?: { id: string; url: string };
  context?: string;
}

let services: SharedServices;
const files = AudioFiles.open();
let api: TestServer;
let worker: TestServer;
let admin: ApiClient;
let song: TestSong;

beforeAll(async () => {
  services = await startSharedServices();
  api = await TestServer.start({ ...services.env, WORKER: 'none', LOG_LEVEL: 'debug' });
  worker = await TestServer.start(
    { ...services.env, DATA_DIR: api.dataDir, LOG_LEVEL: 'debug' },
    'worker.js',
  );
  admin = await api.admin();
  song = await uploadSong(admin, await files.make('tone.flac'));
  await ready(admin, song.id);
}, 120_000);

afterAll(async () => {
  await worker?.close();
  await api?.close();
  await services?.stop();
});

const linesOf = (server: TestServer): Line[] =>
  server.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
const historyIn = (server: TestServer): Line[] => linesOf(server).filter(({ songId }) => songId === song.id);
const texts = (lines: Line[]): string => lines.map(({ msg }) => msg).join('\n');

describe('the log', () => {
  it('has the whole history of a song, across processes, under its songId', async () => {
    expect(texts(historyIn(api))).toMatch(/uploaded, \d+ bytes of flac/);
    await eventually(async () => /published after/.test(texts(historyIn(worker))));
    expect(texts(historyIn(worker))).toMatch(/attempt 1 begins as [\s\S]*published after/);
  });

  it('names the attempt in every line of a transcode, including ffmpeg’s', () => {
    const tried = historyIn(worker).filter(({ attemptId }) => attemptId);
    expect(new Set(tried.map(({ attemptId }) => attemptId)).size).toBe(1);
    expect(tried.filter(({ context, msg }) => context === 'Ffmpeg' && msg!.includes('-map'))).not.toEqual([]);
  });

  it('has ffmpeg’s command at level debug, for an upload under its request id too', () => {
    const examined = historyIn(api).filter(({ context }) => context === 'Ffmpeg');
    expect(examined).not.toEqual([]);
    expect(examined.filter(({ req }) => !req?.id)).toEqual([]);
  });

  it('has a songId field in every line that mentions a song, in both processes', () => {
    const about = [api, worker].flatMap(linesOf).filter(({ msg }) => /\bsong [0-9a-f]{24}\b/.test(msg ?? ''));
    expect(about.length).toBeGreaterThan(2);
    expect(about.filter(({ msg, songId }) => !songId || !msg!.includes(songId))).toEqual([]);
  });
});

describe('a request', () => {
  const ask = (headers: Record<string, string> = {}, query = '{ __typename }') =>
    fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  const logged = (id: string) => eventually(async () => linesOf(api).find(({ req }) => req?.id === id));

  it('has the same id in the response and in the log', async () => {
    const id = (await ask()).headers.get('x-request-id')!;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await logged(id)).req).toMatchObject({ url: '/graphql' });
  });

  it('keeps the id of a proxy, unless that id is malformed', async () => {
    const given = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect((await ask({ 'x-request-id': given })).headers.get('x-request-id')).toBe(given);
    await logged(given);
    expect((await ask({ 'x-request-id': '"} {"level":60' })).headers.get('x-request-id')).toMatch(
      /^[\da-f-]{36}$/,
    );
  });

  it('has its id even when it is refused before GraphQL, and over REST', async () => {
    const refused = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'apollo-require-preflight': '1' },
      body: '--x--',
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('x-request-id')).toBeTruthy();
    expect((await fetch(`${api.url}/api/streaming/stats`)).headers.get('x-request-id')).toBeTruthy();
  });

  it('exposes its id to a page of another origin', async () => {
    const { headers } = await ask({ origin: 'https://player.example' });
    expect(headers.get('access-control-expose-headers')).toMatch(/x-request-id/i);
  });

  it('has no id in media responses, which edges cache', async () => {
    const { hlsSources } = await admin.ask<{ hlsSources: { masterPlaylist: string } }>(
      'query ($id: ID!) { hlsSources(songId: $id) { masterPlaylist } }',
      { id: song.id },
    );
    const media = await fetch(hlsSources.masterPlaylist);
    expect([media.status, media.headers.get('x-request-id')]).toEqual([200, null]);
  });

  it('that fails unexpectedly names the id under which the reason is logged', async () => {
    const mongo = await MongoClient.connect(services.env.MONGODB_URI);
    try {
      const songs = mongo.db().collection('songs');
      await songs.updateOne({ _id: new ObjectId(song.id) }, { $unset: { title: '' } });
      const response = await ask({}, `{ song(id: "${song.id}") { title } }`);
      const { errors } = (await response.json()) as { errors: { extensions: Record<string, string> }[] };
      const { code, requestId } = errors[0]!.extensions;
      expect(code).toBe('INTERNAL_SERVER_ERROR');
      expect(requestId).toBe(response.headers.get('x-request-id'));
      const line = await eventually(async () => linesOf(api).find((one) => one.requestId === requestId));
      expect(line.msg).toMatch(/Song\.title/);
      await songs.updateOne({ _id: new ObjectId(song.id) }, { $set: { title: song.title } });
    } finally {
      await mongo.close();
    }
  });
});
