import { cp, mkdir, readdir, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { deleteSong } from './support/song-edits.js';
import { ready, songOf, sourcesOf, uploadSong, type TestSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const REMAKES = 3;

interface MediaHealth {
  status: string;
  missing: { original: number; generation: number; cover: number };
  advice?: string[];
}

describe('the self-check of stored media', () => {
  const folder = tempDir('fixtures');
  let server: TestServer;
  let admin: ApiClient;
  let songs = 0;
  /** Songs of the current test. They are deleted after it, so that a failing test does not affect the next one. */
  const made: string[] = [];

  beforeAll(async () => {
    server = await TestServer.start({
      SELF_CHECK_SECONDS: '1',
      SELF_CHECK_REMAKES: String(REMAKES),
      KEEP_GENERATIONS: '2',
    });
    admin = await server.admin();
  }, 60_000);

  afterEach(async () => {
    for (const id of made.splice(0)) await deleteSong(admin, id);
    await eventually(async () => (await health()).status === 'up', { seconds: 60 });
  }, 90_000);

  afterAll(async () => {
    await server?.close();
  });

  const media = (...path: string[]) => join(server.dataDir, 'media', ...path);

  async function readySong(): Promise<TestSong & { publishedGeneration: string }> {
    const path = await makeSong(folder, `song-${++songs}.mp3`, 4 + songs);
    const { id } = await uploadSong(admin, path);
    made.push(id);
    return (await ready(admin, id)) as TestSong & { publishedGeneration: string };
  }

  /** Copies `from` back to `to` in one step, so that the self-check never sees a partly copied file. */
  async function restore(from: string, to: string): Promise<void> {
    const beside = join(server.dataDir, 'restored');
    await cp(from, beside, { recursive: true });
    await rename(beside, to);
  }

  async function health(): Promise<MediaHealth> {
    const response = await fetch(`${server.url}/health`);
    expect(response.status).toBe(200);
    const { details } = (await response.json()) as { details: { media: MediaHealth } };
    return details.media;
  }

  async function metric(name: string): Promise<number | undefined> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }

  const inState = (id: string, state: string) =>
    eventually(async () => {
      const song = await songOf(admin, id);
      return song.processing.state === state && song;
    });

  const begun = (id: string) =>
    server.lines.filter((line) => line.includes(id) && line.includes('begins as')).length;

  /** Every answer of hlsSources until the song is READY under another generation than `lost`. */
  async function sourcesUntilRemade(id: string, lost: string) {
    const seen: { generation: string | null; fallbackUrl: string }[] = [];
    await eventually(
      async () => {
        seen.push(await sourcesOf(admin, id));
        const { processing, publishedGeneration, generations } = await songOf(admin, id);
        return (
          processing.state === 'READY' &&
          publishedGeneration !== null &&
          publishedGeneration !== lost &&
          publishedGeneration === generations.at(-1)!.id
        );
      },
      { everyMs: 30, seconds: 60 },
    );
    return seen;
  }

  it('has a song transcoded again whose published files are missing; players get the original meanwhile', async () => {
    const { id, publishedGeneration: lost } = await readySong();
    await rm(media('songs', id, lost), { recursive: true });
    const seen = await sourcesUntilRemade(id, lost);
    const without = seen.find(({ generation }) => generation === null);
    expect((await fetch(without!.fallbackUrl)).status).toBe(200);
    const song = await songOf(admin, id);
    expect(song.generations.map((each) => each.id)).toEqual([song.publishedGeneration]);
    const sources = await sourcesOf(admin, id);
    expect((await fetch(sources.masterPlaylist!)).status).toBe(200);
    await eventually(async () => (await health()).status === 'up');
  }, 120_000);

  it('treats a segment of the wrong size as missing; players get an earlier generation meanwhile', async () => {
    const { id, publishedGeneration: earlier } = await readySong();
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
    const lost = (await eventually(async () => {
      const song = await songOf(admin, id);
      return (
        song.processing.state === 'READY' && song.publishedGeneration !== earlier && song.publishedGeneration
      );
    }))!;
    const [segment] = (await readdir(media('songs', id, lost, '128k'))).filter((name) =>
      name.startsWith('segment'),
    );
    await truncate(media('songs', id, lost, '128k', segment!), 100);
    const seen = await sourcesUntilRemade(id, lost);
    expect(seen.map(({ generation }) => generation)).toContain(earlier);
    expect(seen.map(({ generation }) => generation)).not.toContain(null);
    expect((await songOf(admin, id)).generations.map((each) => each.id)).not.toContain(lost);
  }, 120_000);

  it('fails a song whose original is missing too, without a retry, until its files are restored', async () => {
    await readySong(); // a song with all its files shows that the store is mounted
    const { id, publishedGeneration } = await readySong();
    const safe = join(folder, 'safe');
    await cp(media('songs', id), safe, { recursive: true });
    const tries = begun(id);
    await rm(media('songs', id), { recursive: true });
    const { processing } = await inState(id, 'FAILED');
    expect(processing).toMatchObject({
      state: 'FAILED',
      error: { code: 'ORIGINAL_MISSING', retryable: false },
    });
    expect(await sourcesOf(admin, id)).toMatchObject({ hlsAvailable: false, masterPlaylist: null });
    const report = await eventually(async () => {
      const found = await health();
      return found.status === 'degraded' && found.missing.original === 1 && found;
    });
    expect(report.missing.generation).toBe(1);
    expect(report.advice!.join(' ')).toMatch(/backup/);
    expect(await metric('media_missing{part="original"}')).toBe(1);
    expect(await metric('media_missing{part="generation"}')).toBe(1);
    expect(await metric('media_check_halted')).toBe(0);
    await sleep(3_000);
    expect(begun(id)).toBe(tries);

    await restore(safe, media('songs', id));
    expect((await inState(id, 'READY')).publishedGeneration).toBe(publishedGeneration);
    expect(begun(id)).toBe(tries);
    await eventually(async () => (await metric('media_missing{part="original"}')) === 0);
  }, 120_000);

  it('reports a missing original while the song stays playable', async () => {
    const { id, publishedGeneration } = await readySong();
    const [original] = (await readdir(media('songs', id))).filter((name) => name.startsWith('original'));
    await rm(media('songs', id, original!));
    const report = await eventually(async () => {
      const found = await health();
      return found.status === 'degraded' && found;
    });
    expect(report.missing).toEqual({ original: 1, generation: 0, cover: 0 });
    expect(await songOf(admin, id)).toMatchObject({ publishedGeneration, processing: { state: 'READY' } });
  }, 90_000);

  it('halts and asks for the operator when more songs lack files than SELF_CHECK_REMAKES', async () => {
    const many = [];
    for (let n = 0; n <= REMAKES; n++) many.push(await readySong());
    const kept = many[0]!;
    const safe = join(folder, 'one');
    await cp(media('songs', kept.id, kept.publishedGeneration), safe, { recursive: true });
    await Promise.all(
      many.map(async ({ id, publishedGeneration }) => {
        await rm(media('songs', id, publishedGeneration), { recursive: true });
      }),
    );
    const tries = many.map(({ id }) => begun(id));
    await eventually(async () => (await metric('media_check_halted')) === 1);
    await sleep(3_000);
    expect(many.map(({ id }) => begun(id))).toEqual(tries);
    expect((await health()).advice!.join(' ')).toMatch(/SELF_CHECK_REMAKES/);

    await restore(safe, media('songs', kept.id, kept.publishedGeneration));
    for (const { id, publishedGeneration } of many.slice(1))
      await sourcesUntilRemade(id, publishedGeneration);
    expect((await songOf(admin, kept.id)).publishedGeneration).toBe(kept.publishedGeneration);
    await eventually(async () => (await metric('media_check_halted')) === 0);
  }, 150_000);

  it('halts when the volume is not mounted, and changes nothing once it is mounted again', async () => {
    const three = [await readySong(), await readySong(), await readySong()];
    const tries = three.map(({ id }) => begun(id));
    await rename(media(), `${media()}.away`);
    await mkdir(media());
    const report = await eventually(async () => {
      const found = await health();
      return found.status === 'degraded' && found.advice?.some((each) => /mounted/.test(each)) && found;
    });
    expect(report.missing).toEqual({ original: 3, generation: 3, cover: 0 });
    await sleep(3_000);
    for (const { id, publishedGeneration } of three)
      expect(await songOf(admin, id)).toMatchObject({ publishedGeneration, processing: { state: 'READY' } });
    await rm(media(), { recursive: true });
    await rename(`${media()}.away`, media());
    await eventually(async () => (await health()).status === 'up');
    for (const { id, publishedGeneration } of three)
      expect(await songOf(admin, id)).toMatchObject({ publishedGeneration, processing: { state: 'READY' } });
    expect(three.map(({ id }) => begun(id))).toEqual(tries);
  }, 90_000);
});
