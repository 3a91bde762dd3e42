import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeTaggedSong } from '../support/audio-fixtures.js';
import { AudioFiles } from '../support/audio-files.js';
import { keepBusy } from '../support/busy-loops.js';
import { eventually } from '../support/eventually.js';
import { TestServer } from '../support/test-server.js';
import { ready, uploadSong } from '../support/songs.js';
import { report } from './fault-row.js';

const UPLOADS = 20;
const HEALTH_EVERY_MS = 500;

describe('a server on a machine that eight endless loops keep busy', () => {
  const files = AudioFiles.open();
  let server: TestServer;
  let rest: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(async () => {
    await rest?.();
    await server?.close();
  });

  it(`accepts ${UPLOADS} songs with their tags, makes all READY at the first attempt, and stays healthy`, async () => {
    const paths = Array.from({ length: UPLOADS }, (_, i) => join(files.folder, `busy-${i}.mp3`));
    for (const [i, path] of paths.entries())
      await copyFile(await makeTaggedSong(files.folder, 3 + i / 10), path);
    const client = await server.admin();
    await eventually(async () => (await fetch(`${server.url}/health`)).ok);
    rest = keepBusy();
    const began = Date.now();
    const unhealthy: string[] = [];
    let watching = true;
    const watch = (async () => {
      while (watching) {
        const health = await fetch(`${server.url}/health`);
        if (health.status !== 200) unhealthy.push(await health.text());
        await sleep(HEALTH_EVERY_MS);
      }
    })();
    const songs = [];
    for (const path of paths) songs.push(await uploadSong(client, path));
    for (const { id } of songs) {
      const song = await ready(client, id, 600);
      expect(song).toMatchObject({ title: 'Jóga', artist: 'Björk', year: 1997, processing: { attempt: 1 } });
      expect(song.artwork).not.toBeNull();
    }
    watching = false;
    await watch;
    await report(17, {
      fault:
        'eight endless loops on the machine, until all songs are READY (lost: answers of `/health` that were not 200)',
      tries: 1,
      acknowledged: songs.length,
      lost: unhealthy.length,
      recovered: [(Date.now() - began) / 1000],
    });
    expect(unhealthy).toEqual([]);
  });
});
