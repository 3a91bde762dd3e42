import { randomBytes } from 'node:crypto';
import { copyFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, ApiError } from '../src/cli/api-client.js';
import { ffmpeg, makeSong, sweep } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { multipart, openUpload, sendUnannounced } from './support/raw-upload.js';
import { uploadSong, UPLOAD } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const MEBIBYTE = 1024 ** 2;
let server: TestServer;
let client: ApiClient;
const folder = tempDir('fixtures');

beforeAll(async () => {
  // Without a worker, leftovers of an upload are not removed before the test sees them.
  server = await TestServer.start({
    WORKER: 'none',
    MAX_UPLOAD_BYTES: String(4 * MEBIBYTE),
    MAX_SONG_SECONDS: '60',
  });
  client = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

/** Everything that an upload could leave: files in the media folders of DATA_DIR, songs and jobs. */
async function traces(): Promise<{ files: string[]; songs: number; jobs: unknown }> {
  const list = async (folderName: string) => {
    const entries = await readdir(join(server.dataDir, folderName), {
      recursive: true,
      withFileTypes: true,
    }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  const { songs } = await client.ask<{ songs: { totalCount: number } }>('{ songs { totalCount } }');
  const { capacity } = await client.ask<{ capacity: { queue: object } }>(
    '{ capacity { queue { waiting active delayed failed } } }',
  );
  const files = (await Promise.all(['media', 'uploads', 'spool', 'staging'].map(list))).flat();
  return { files: files.sort(), songs: songs.totalCount, jobs: capacity.queue };
}

async function refusal(
  path: string,
  input?: object,
): Promise<ApiError & { details?: Record<string, unknown> }> {
  const before = await traces();
  const error = await uploadSong(client, path, input).then(
    (song) => {
      throw new Error(`was accepted as ${song.id}`);
    },
    (e: ApiError) => e,
  );
  expect(error).toBeInstanceOf(ApiError);
  // graphql-upload removes its spool file when the response is out.
  await eventually(async () => JSON.stringify(await traces()) === JSON.stringify(before), { seconds: 5 });
  return error;
}

describe('a refused upload leaves nothing behind and gives a code:', () => {
  it('NOT_AUDIO: random bytes with an audio name', async () => {
    const path = join(folder, 'noise.mp3');
    await writeFile(path, randomBytes(300_000));
    expect((await refusal(path)).code).toBe('NOT_AUDIO');
  });

  it.each([
    ['text', 'just words, no sound at all\n'.repeat(200)],
    ['a playlist of local files', "ffconcat version 1.0\nfile '/etc/hostname'\n"],
    [
      'an HLS playlist',
      '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n',
    ],
  ])('NOT_AUDIO: %s', async (_what, content) => {
    const path = join(folder, 'disguised.mp3');
    await writeFile(path, content);
    expect((await refusal(path)).code).toBe('NOT_AUDIO');
  });

  it('NOT_AUDIO: a picture', async () => {
    const path = join(folder, 'picture.mp3');
    await ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'color=c=blue:s=64x64',
      '-frames:v',
      '1',
      '-f',
      'image2',
      '-c:v',
      'png',
      path,
    ]);
    expect((await refusal(path)).code).toBe('NOT_AUDIO');
  });

  it.each(['song.mp3', 'song.m4a', 'song.flac', 'song.wav', 'song.aiff'])(
    'TRUNCATED: %s cut in the middle',
    async (name) => {
      const whole = await makeSong(folder, name, 20);
      const path = join(folder, `cut-${name}`);
      await copyFile(whole, path);
      await truncate(path, Math.floor((await stat(whole)).size * 0.4));
      expect((await refusal(path)).code).toBe('TRUNCATED');
    },
  );

  it('TOO_LONG: an hour of silence', async () => {
    const path = join(folder, 'long.flac');
    await ffmpeg(['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', '3600', '-c:a', 'flac', path]);
    expect((await refusal(path)).code).toBe('TOO_LONG');
  });

  it('TOO_SHORT: 0.4 s', async () => {
    expect((await refusal(await makeSong(folder, 'blip.mp3', 0.4))).code).toBe('TOO_SHORT');
  });

  it('TOO_LARGE: a request whose Content-Length is too large, before its body is read', async () => {
    const path = join(folder, 'large.wav');
    await ffmpeg([...sweep(40), '-c:a', 'pcm_s24le', path]);
    expect((await refusal(path)).code).toBe('TOO_LARGE');
  });

  it('TOO_LARGE: a request without Content-Length, once too many bytes have arrived', async () => {
    const before = await traces();
    const answer = await sendUnannounced(client, randomBytes(6 * MEBIBYTE));
    expect(answer).toContain('"TOO_LARGE"');
    await eventually(async () => JSON.stringify(await traces()) === JSON.stringify(before), { seconds: 5 });
  });

  it('UNSUPPORTED_CODEC: AC-3 in an m4a container', async () => {
    const path = join(folder, 'ac3.m4a');
    await ffmpeg([...sweep(4), '-c:a', 'ac3', '-f', 'mp4', path]);
    expect((await refusal(path)).code).toBe('UNSUPPORTED_CODEC');
  });

  it('EMPTY: a file without bytes', async () => {
    const path = join(folder, 'empty.mp3');
    await writeFile(path, '');
    expect((await refusal(path)).code).toBe('EMPTY');
  });

  it('DUPLICATE: the same bytes again, with the id of the song that has them', async () => {
    const path = await makeSong(folder, 'twice.mp3', 9);
    const first = await uploadSong(client, path);
    expect(await refusal(path)).toMatchObject({ code: 'DUPLICATE', details: { songId: first.id } });
    const second = await uploadSong(client, path, { allowDuplicate: true });
    expect(second.id).not.toBe(first.id);
  });

  it('DUPLICATE: three of four simultaneous uploads of the same bytes', async () => {
    const path = await makeSong(folder, 'race.mp3', 10);
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => uploadSong(client, path)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as ApiError).code] : [],
    );
    expect(codes).toEqual(['DUPLICATE', 'DUPLICATE', 'DUPLICATE']);
  });

  it('BAD_INPUT: one file used twice in a request', async () => {
    const path = await makeSong(folder, 'alias.mp3', 11);
    const twice =
      'mutation ($file: Upload!) { a: uploadSong(file: $file) { id } b: uploadSong(file: $file) { id } }';
    await expect(client.upload(twice, path)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('no code, but no leftovers either: a connection that breaks in the middle', async () => {
    const before = await traces();
    const body = multipart(randomBytes(MEBIBYTE));
    const sending = openUpload(client, body.length);
    sending.on('error', () => undefined);
    sending.write(body.subarray(0, body.length / 2));
    await eventually(async () => (await traces()).files.length > before.files.length);
    sending.destroy();
    await eventually(async () => JSON.stringify(await traces()) === JSON.stringify(before), { seconds: 10 });
  });

  it('UNAUTHENTICATED: a client that is not signed in', async () => {
    const stranger = new ApiClient(server.url);
    const path = await makeSong(folder, 'stranger.mp3', 4);
    const before = await traces();
    await expect(stranger.upload(UPLOAD, path)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await traces()).toEqual(before);
  });
});
