import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { AudioFiles } from './support/audio-files.js';
import { runCommand, type Ended } from './support/command.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { tempDir } from './support/temp-dir.js';

interface ListedAlbum {
  id: string;
  title: string;
  artist: string | null;
  releaseDate: string | null;
  state: string;
  tracks: { title: string; discNumber: number; trackNumber: number }[];
}

let server: TestServer;
let client: ApiClient;
const files = AudioFiles.open();
const library = tempDir('library');
let pitch = 200;

function runImport(folder: string, ...args: string[]): Promise<Ended> {
  const all = [join(library, folder), '--server', server.url, '--album-from-tags', ...args];
  return runCommand('import/import', all, { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
}

/** Puts a new tagged song into the library; values may contain no blank (see AudioFiles.make). */
async function put(path: string, tags: Record<string, string>): Promise<void> {
  const options = Object.entries(tags).map(([name, value]) => `-metadata ${name}=${value}`);
  const made = await files.make(
    `${pitch}.mp3`,
    options.join(' '),
    `sine=frequency=${(pitch += 10)}:sample_rate=44100:d=2`,
  );
  const target = join(library, path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(made, target);
}

async function albums(title: string): Promise<ListedAlbum[]> {
  const answer = await client.ask<{ albums: { edges: { node: ListedAlbum }[] } }>(
    '{ albums(first: 100) { edges { node { id title artist releaseDate state tracks { title discNumber trackNumber } } } } }',
  );
  return answer.albums.edges.map(({ node }) => node).filter((album) => album.title === title);
}

const places = (album: ListedAlbum | undefined) =>
  album?.tracks.map(({ title, discNumber, trackNumber }) => `${discNumber}.${trackNumber} ${title}`);

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  client = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

describe('the import of a folder with albums', () => {
  it('creates each album once, with its tracks in order of discs and numbers, and reports it', async () => {
    const album = { album: 'Homogenic', album_artist: 'Björk', date: '1997' };
    await put('a/one.mp3', { ...album, title: 'Two', artist: 'Björk', track: '2/3', disc: '1' });
    await put('a/two.mp3', { ...album, title: 'One', artist: 'Björk', track: '1/3', disc: '1' });
    await put('a/CD 2/x.mp3', { ...album, title: 'Other', artist: 'Guest', track: '1' });
    await put('a/loose.mp3', { title: 'Loose', artist: 'Nobody' });

    const dry = await runImport('a', '--dry-run');
    expect(dry.output).toMatch(/albums to make\s+1\s+Homogenic – Björk, 3 files/);
    expect(await albums('Homogenic')).toEqual([]);

    const { code, output } = await runImport('a');
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/albums made\s+1\s+Homogenic – Björk/),
    });
    const [made, ...others] = await albums('Homogenic');
    expect(others).toEqual([]);
    expect(made).toMatchObject({ artist: 'Björk', releaseDate: '1997', state: 'PUBLISHED' });
    expect(places(made)).toEqual(['1.1 One', '1.2 Two', '2.1 Other']);

    const again = await runImport('a');
    expect(again.output).toMatch(/albums unchanged\s+1/);
    expect(await albums('Homogenic')).toEqual([made]);
  });

  it('keeps albums of the same title by different artists apart, and a compilation together', async () => {
    await put('hits/A/1.mp3', {
      album: 'Hits',
      album_artist: 'Alpha',
      artist: 'Alpha',
      title: 'A1',
      track: '1',
    });
    await put('hits/B/1.mp3', {
      album: 'Hits',
      album_artist: 'Beta',
      artist: 'Beta',
      title: 'B1',
      track: '1',
    });
    for (const n of [1, 2, 3])
      await put(`hits/C/${n}.mp3`, {
        album: 'Sampler',
        artist: `Singer${n}`,
        title: `S${n}`,
        track: String(n),
      });
    expect((await runImport('hits')).code).toBe(0);
    expect((await albums('Hits')).map(({ artist }) => artist).sort()).toEqual(['Alpha', 'Beta']);
    const [sampler, ...others] = await albums('Sampler');
    expect(others).toEqual([]);
    expect(sampler?.artist).toBe('Various Artists');
    expect(places(sampler)).toEqual(['1.1 S1', '1.2 S2', '1.3 S3']);
  });

  it('completes an album that is imported in parts, and keeps tracks that an administrator has arranged', async () => {
    const album = { album: 'Parts', album_artist: 'Gamma', artist: 'Gamma' };
    await put('parts/1.mp3', { ...album, title: 'P1', track: '1' });
    await put('parts/2.mp3', { ...album, title: 'P2', track: '2' });
    await runImport('parts');
    const [before] = await albums('Parts');
    const { album: listed } = await client.ask<{ album: { tracks: { id: string }[] } }>(
      'query ($id: ID!) { album(id: $id) { tracks { id } } }',
      { id: before!.id },
    );
    const turned = listed.tracks.toReversed().map(({ id }, at) => ({ songId: id, trackNumber: at + 1 }));
    await client.ask(
      'mutation ($id: ID!, $tracks: [AlbumTrackInput!]!) { setAlbumTracks(albumId: $id, tracks: $tracks) { id } }',
      {
        id: before!.id,
        tracks: turned,
      },
    );
    await put('parts/3.mp3', { ...album, title: 'P3', track: '3' });
    const { output } = await runImport('parts');
    expect(output).toMatch(/albums completed\s+1/);
    const [after, ...others] = await albums('Parts');
    expect(others).toEqual([]);
    expect(places(after)).toEqual(['1.1 P2', '1.2 P1', '1.3 P3']);
  });

  it('works with an access token whose scope is UPLOAD only', async () => {
    const { createAccessToken } = await client.ask<{ createAccessToken: { token: string } }>(
      'mutation { createAccessToken(name: "import", scope: UPLOAD) { token } }',
    );
    await put('token/1.mp3', { album: 'Token', artist: 'Delta', title: 'T1', track: '1' });
    const { code } = await runImport('token', '--token', createAccessToken.token);
    expect(code).toBe(0);
    expect(places((await albums('Token'))[0])).toEqual(['1.1 T1']);
  });
});

describe('an Ogg Vorbis whose headers are written twice, as by some editors,', () => {
  it('is accepted and plays to its end, although ffmpeg alone refuses it', async () => {
    await files.make('plain.ogg', '-c:a libvorbis', 'sine=frequency=777:sample_rate=44100:d=3');
    const bytes = await readFile(files.path('plain.ogg'));
    const doubled = await files.write('doubled.ogg', withHeadersTwice(bytes));
    await expect(files.ffmpeg(`-xerror -i ${doubled} -f null`, 'nothing')).rejects.toThrow(/[Hh]eader/);
    const song = await client.upload<{
      uploadSong: { durationSeconds: number; original: { codec: string } };
    }>(
      'mutation ($file: Upload!) { uploadSong(file: $file) { durationSeconds original { codec } } }',
      doubled,
    );
    expect(song.uploadSong.original.codec).toBe('vorbis');
    expect(song.uploadSong.durationSeconds).toBeCloseTo(3, 1);
  });
});

/** Repeats the header pages after themselves, without the beginning-of-stream flag (RFC 3533 6). */
function withHeadersTwice(file: Buffer): Buffer {
  const pages: Buffer[] = [];
  for (let at = 0; pages.length < 2;) {
    const count = file[at + 26]!;
    const end = file
      .subarray(at + 27, at + 27 + count)
      .reduce((sum, length) => sum + length, at + 27 + count);
    pages.push(file.subarray(at, end));
    at = end;
  }
  const again = pages.map((page) => {
    const copy = Buffer.from(page);
    copy[5]! &= ~2;
    copy.writeUInt32LE(0, 22);
    let sum = 0;
    for (const byte of copy) {
      sum ^= byte << 24;
      for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
    }
    copy.writeUInt32LE(sum >>> 0, 22);
    return copy;
  });
  const head = Buffer.concat(pages);
  return Buffer.concat([head, ...again, file.subarray(head.length)]);
}
