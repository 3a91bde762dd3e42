import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSong } from './support/audio-fixtures.js';
import { CloudinaryTestServer } from './support/cloudinary-server.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { S3TestServer } from './support/s3-server.js';
import { deleteSong } from './support/song-edits.js';
import { ready, songOf, uploadSong } from './support/songs.js';
import { failuresOf } from './support/song-playback.js';
import { tempDir } from './support/temp-dir.js';

interface Store {
  name: string;
  url: string;
  env(through?: string): Record<string, string>;
  keys(): Promise<string[]>;
  wrong: Record<string, string>;
  close(): Promise<void>;
}

async function s3(): Promise<Store> {
  const server = await S3TestServer.start();
  return {
    name: 's3',
    url: server.endpoint,
    env: (through) => ({ STORAGE: 's3', ...server.env(through) }),
    keys: () => server.keys(),
    wrong: { S3_SECRET_ACCESS_KEY: 'not-the-secret' },
    close: () => server.close(),
  };
}

async function cloudinary(): Promise<Store> {
  const server = await CloudinaryTestServer.start();
  return {
    name: 'cloudinary',
    url: server.url,
    env: (through) => ({ STORAGE: 'cloudinary', ...server.env(through) }),
    keys: async () => server.publicIds,
    wrong: { CLOUDINARY_URL: `cloudinary://${server.key}:not-the-secret@${server.cloud}` },
    close: () => server.close(),
  };
}

/** Short periods, so that leftovers are removed during a test. */
const SOON = { SWEEP_SECONDS: '1', MEDIA_GRACE_SECONDS: '1', HEARTBEAT_TIMEOUT_SECONDS: '2' };

describe.each([
  ['S3', s3],
  ['Cloudinary', cloudinary],
])('a server with its media in %s', (_, open) => {
  let store: Store;
  let connection: FaultyConnection;
  const folder = tempDir('stores-story');
  let server: TestServer;

  const opened = () =>
    TestServer.start({ ...SOON, ...store.env(connection.url) }, 'main.js', join(folder, 'data'));
  const ofSongs = async () => (await store.keys()).filter((key) => key.startsWith('songs/'));
  const segmentsOf = async (id: string) =>
    (await store.keys()).filter((key) => key.startsWith(`songs/${id}/g`) && key.endsWith('.ts'));

  beforeAll(async () => {
    store = await open();
    connection = await FaultyConnection.to(store.url);
    server = await opened();
  });
  afterAll(async () => {
    await server?.close();
    await connection?.close();
    await store?.close();
  });

  it('serves every quality of an uploaded song, and removes its objects when it is deleted', async () => {
    const client = await server.admin();
    const { id } = await uploadSong(client, await makeSong(folder, 'whole.mp3', 10));
    await ready(client, id);
    expect((await segmentsOf(id)).length).toBeGreaterThan(4);
    expect(await failuresOf(client, id)).toEqual([]);
    await deleteSong(client, id);
    await eventually(async () => (await ofSongs()).length === 0);
  });

  it('finishes a song after kill -9 while storing it, and removes the objects of the broken attempt', async () => {
    const { id } = await uploadSong(await server.admin(), await makeSong(folder, 'killed.mp3', 30));
    connection.delayMs = 200;
    const broken = (await eventually(async () => (await segmentsOf(id))[0], { everyMs: 20 })).split('/')[2];
    await server.kill();
    connection.delayMs = 0;
    server = await opened();
    const client = await server.admin();
    expect((await songOf(client, id)).processing.state).not.toBe('FAILED');
    const song = await ready(client, id, 120);
    expect(song.publishedGeneration).not.toBe(broken);
    expect(await failuresOf(client, id)).toEqual([]);
    await eventually(async () => !(await ofSongs()).some((key) => key.split('/')[2] === broken));
  });

  it('refuses to start with wrong credentials, and names the setting in one sentence', async () => {
    const refused = TestServer.start({ ...store.env(), ...store.wrong }).catch(
      (error: Error) => error.message,
    );
    const message = String(await refused);
    expect(message).toMatch(/refuses the (access key|credentials): check [A-Z0-9_]+/);
    expect(message).not.toMatch(/\n\s+at /);
    expect(message).not.toContain('not-the-secret');
  });
});
