import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { runCommand, startCommand, type Ended } from './support/command.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { S3TestServer } from './support/s3-server.js';
import { deleteSong, replaceAudio } from './support/song-edits.js';
import { ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { failuresOf } from './support/song-playback.js';
import { tempDir } from './support/temp-dir.js';

const TRANSCODING_SECONDS = 180;
/** More faults than one run makes requests. */
const ALWAYS = 10_000;

const folder = tempDir('migration-resilience');
let s3: S3TestServer;
let connection: FaultyConnection;
let server: TestServer;
let api: ApiClient;
/** Song ids in ascending order, which is the order of the migration. */
let deleted: string, replaced: string, retranscoded: string, rolledBack: string;
/** The first generation of `rolledBack`, to which it is rolled back. */
let firstGeneration: string;

const dataDir = () => join(folder, 'data');
const newStore = () => ({ ...s3.env(), STORAGE: 's3', MEDIA_GRACE_SECONDS: '1', SWEEP_SECONDS: '1' });
const settings = () => ({ ...newStore(), STORAGE_FALLBACK: 'local' });

const args = ['--from', 'local', '--to', 's3'];
const migrate = (more: string[] = [], env: Record<string, string> = {}): Promise<Ended> =>
  runCommand('migrate/migrate', [...args, ...more], { ...settings(), DATA_DIR: dataDir(), ...env });

beforeAll(async () => {
  s3 = await S3TestServer.start();
  connection = await FaultyConnection.to(s3.endpoint);
  const before = await TestServer.start({}, 'main.js', dataDir());
  const admin = await before.admin();
  const ids: string[] = [];
  for (const n of [1, 2, 3, 4])
    ids.push((await uploadSong(admin, await makeSong(folder, `${n}.mp3`, 8 + n))).id);
  for (const id of ids) await ready(admin, id, TRANSCODING_SECONDS);
  [deleted, replaced, retranscoded, rolledBack] = ids as [string, string, string, string];
  firstGeneration = (await songOf(admin, rolledBack)).publishedGeneration!;
  await retranscode(admin, rolledBack);
  await again(admin, rolledBack, firstGeneration);
  await before.close();
  server = await TestServer.start(settings(), 'main.js', dataDir());
  api = await server.admin();
}, 400_000);
afterAll(async () => {
  await server?.close();
  await connection?.close();
  await s3?.close();
});

const retranscode = (client: ApiClient, songId: string) =>
  client.ask('mutation ($songId: ID!) { processSong(songId: $songId) { id } }', { songId });

/** Waits for a generation other than `before`. */
const again = (client: ApiClient, id: string, before: string) =>
  eventually(
    async () => {
      const { processing, publishedGeneration } = await songOf(client, id);
      return processing.state === 'READY' && publishedGeneration !== before;
    },
    { seconds: TRANSCODING_SECONDS },
  );

async function originalOf(id: string): Promise<string> {
  const below = `songs/${id}/original`;
  const found = await readdir(join(dataDir(), 'media', `songs/${id}`), {
    recursive: true,
    withFileTypes: true,
  });
  const file = found.find(({ name, parentPath }) => `${parentPath}/${name}`.includes(below));
  return join(file!.parentPath, file!.name);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Resolves when the migration has begun to copy this song. */
const isBegunWith = (id: string) =>
  eventually(async () => (await s3.keys(`songs/${id}/`)).length > 0, { seconds: 120 });

it('migration to a store that refuses the credentials says so and moves nothing', async () => {
  const { code, output } = await migrate([], { S3_SECRET_ACCESS_KEY: 'not the secret' });
  expect(output).toMatch(/The migration failed: .*(key|credential|secret)/i);
  expect(code).toBe(1);
  expect(await s3.keys()).toEqual([]);
}, 60_000);

it('migration detects corrupt copies in the new store by checksum, and every song stays in the old store', async () => {
  connection.inject(Array<'garble'>(ALWAYS).fill('garble'), /^GET .*\/songs\//);
  const { code, output } = await migrate([], { S3_ENDPOINT: connection.url });
  expect(output).toMatch(/stays: song .+\n +what s3 returns is not what it was given/);
  expect(output).toMatch(/4 are still in local/);
  expect(code).toBe(1);
  for (const id of [deleted, replaced, retranscoded, rolledBack])
    expect(await failuresOf(api, id)).toEqual([]);
}, 120_000);

it('migration names a song with a damaged original and leaves it in the old store', async () => {
  const path = await originalOf(retranscoded);
  const right = await readFile(path);
  const wrong = Buffer.from(right);
  wrong[wrong.length - 1]! ^= 0xff;
  await writeFile(path, wrong);
  // Only this song matters here: the next test moves the others.
  connection.inject(Array<'garble'>(ALWAYS).fill('garble'), new RegExp(`^GET .*/songs/(?!${retranscoded})`));
  const { code, output } = await migrate([], { S3_ENDPOINT: connection.url });
  expect(output).toMatch(new RegExp(`song ${retranscoded} .+\\n +what local has is not what was uploaded`));
  expect(output).toMatch(/4 are still in local/);
  expect(code).toBe(1);
  await writeFile(path, right);
}, 120_000);

it('migration handles songs that change meanwhile, and replaces wrong files in the new store', async () => {
  // An object with the right size but wrong bytes that the migration has not written.
  const path = await originalOf(rolledBack);
  const right = await readFile(path);
  const key = path.slice(join(dataDir(), 'media/').length);
  await s3.ask((client) =>
    client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body: Buffer.alloc(right.length) })),
  );
  for (const id of [deleted, replaced, retranscoded])
    for (const present of await s3.keys(`songs/${id}/`)) await removed(present);

  const running = startCommand('migrate/migrate', [...args, '--max-mbit', '1'], {
    ...settings(),
    DATA_DIR: dataDir(),
  });
  await isBegunWith(deleted);
  const second = migrate();
  await deleteSong(api, deleted);
  const uploaded = (await uploadSong(api, await makeSong(folder, 'new.mp3', 9))).id;
  await isBegunWith(replaced);
  await replaceAudio(api, replaced, await makeSong(folder, 'other.mp3', 14));
  expect((await second).output).toMatch(/Another migration is at work/);
  expect((await second).code).toBe(1);
  await isBegunWith(retranscoded);
  const before = (await songOf(api, retranscoded)).publishedGeneration!;
  await retranscode(api, retranscoded);
  await api.ask(
    'mutation ($songId: ID!, $generation: ID!) { rollbackSong(songId: $songId, generation: $generation) { id } }',
    { songId: rolledBack, generation: firstGeneration },
  );
  const { code, output } = await running.ended;
  expect(output).toMatch(/Everything is in s3 now/);
  expect(output).toMatch(/deleted meanwhile +1\n/);
  expect(code).toBe(0);
  await again(api, retranscoded, before);
  await ready(api, replaced, TRANSCODING_SECONDS);
  await ready(api, uploaded, TRANSCODING_SECONDS);
  expect((await sourcesOf(api, rolledBack)).generation).toBe(firstGeneration);
  await eventually(async () => (await s3.keys(`songs/${deleted}/`)).length === 0);
  expect(await sha256InS3(key)).toBe(sha256(right));

  // The server uses the new store alone: no file may exist only in the old one.
  await server.close();
  server = await TestServer.start(newStore(), 'main.js', dataDir());
  api = await server.admin();
  for (const id of [replaced, retranscoded, rolledBack, uploaded])
    expect({ id, failures: await failuresOf(api, id) }).toEqual({ id, failures: [] });
}, 400_000);

it('--remove-moved removes only files that the new store has, and none of songs that moved back', async () => {
  const [key] = (await s3.keys(`songs/${rolledBack}/${firstGeneration}/`)).filter((name) =>
    name.includes('/segment-'),
  );
  const bytes = await readFile(join(dataDir(), 'media', key!));
  await removed(key!);
  const doubtful = await migrate(['--remove-moved']);
  expect(doubtful.output).toContain(
    `kept, because the copy is not whole: songs/${rolledBack}/${firstGeneration}/`,
  );
  expect(doubtful.code).toBe(1);
  expect(sha256(await readFile(join(dataDir(), 'media', key!)))).toBe(sha256(bytes));
  await s3.ask((client) => client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body: bytes })));

  await server.close();
  const back = { STORAGE: 'local', STORAGE_FALLBACK: 's3', DATA_DIR: dataDir() };
  const moved = await runCommand('migrate/migrate', ['--from', 's3', '--to', 'local'], {
    ...settings(),
    ...back,
  });
  expect(moved.output).toMatch(/Everything is in local now/);
  const kept = await migrate(['--remove-moved']);
  expect(kept.output).toMatch(/removed from local: 0 [^\n]+\n +in use again, kept: 1\n/);
  expect(kept.code).toBe(0);
  server = await TestServer.start({}, 'main.js', dataDir());
  api = await server.admin();
  for (const id of [replaced, retranscoded, rolledBack])
    expect({ id, failures: await failuresOf(api, id) }).toEqual({ id, failures: [] });
}, 300_000);

const removed = (key: string) =>
  s3.ask((client) => client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: key })));

async function sha256InS3(key: string): Promise<string> {
  return s3.ask(async (client) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }));
    return sha256(await Body!.transformToByteArray());
  });
}
