import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.js';
import { ready } from '../support/songs.js';
import { isPublish, isSongInsert } from '../support/wire-commands.js';
import { conclude } from './conclude.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';
import { UploadBatch } from './upload-batch.js';

const MOMENTS = ['before', 'after'] as const;
/** Longer than unanswered writes are repeated (platform/mongo/unanswered-write.ts), milliseconds. */
const OUTAGE_MS = 30_000;
/**
 * Milliseconds after which a scheduled cut counts as not reached: this song caused fewer commands than the one before.
 */
const TURN_MS = 15_000;

describe('a cut connection', () => {
  let songs: TestSongs;
  let installation: Installation;
  let proxy: CuttingProxy;
  let batch: UploadBatch;

  beforeEach(async () => {
    songs = await TestSongs.open(5);
  });

  afterEach(async () => {
    await installation.close();
    proxy.close();
  });

  async function openBatch(): Promise<void> {
    const { currentToken } = await installation.api.admin();
    batch = new UploadBatch(() => [installation.api], currentToken, songs);
  }

  /** The number of commands of `act` that a cut counts. */
  async function commandsOf(
    act: () => Promise<unknown>,
    { at = () => true }: Pick<Cut, 'at'> = {},
  ): Promise<number> {
    const from = proxy.commands.length;
    await act();
    return proxy.commands.slice(from).filter(at).length;
  }

  /** Cuts before and after each of `count` commands of `act`; returns the seconds that each `act` took. */
  async function cutAtEach(commands: number, act: () => Promise<unknown>): Promise<number[]> {
    const recovered: number[] = [];
    for (const moment of MOMENTS) {
      for (let nth = 1; nth <= commands; nth++) {
        void proxy.cut({ nth, moment });
        const began = Date.now();
        await act();
        recovered.push((Date.now() - began) / 1000);
      }
    }
    return recovered;
  }

  it('to the database, at any command of an upload loses no song that was acknowledged', async () => {
    installation = await Installation.open({
      withWorker: false,
      viaDatabase: async (uri) => (proxy = await CuttingProxy.database(uri)).url,
    });
    await openBatch();
    const commands = await commandsOf(() => batch.uploadNext());
    const recovered = await cutAtEach(commands, () => batch.uploadNext());
    await installation.openWorker({ MONGODB_URI: installation.database.uri });
    proxy.restore();
    await conclude(
      batch,
      5,
      'connection cut at each database command of an upload, until it is acknowledged',
      recovered,
    );
  });

  it('to the database, at any command of a transcode and its publish loses no song', async () => {
    installation = await Installation.open({ withWorker: false });
    proxy = await CuttingProxy.database(installation.database.uri);
    await installation.openWorker({ MONGODB_URI: proxy.url });
    await openBatch();
    const client = await installation.api.admin();
    const transcode = async () => ready(client, (await batch.uploadNext())!, 120);
    const ofSongs: Pick<Cut, 'at'> = { at: ({ target }) => /^(songs|unreferenced_media)$/.test(target) };
    const commands = await commandsOf(transcode, ofSongs);
    const recovered: number[] = [];
    for (const moment of MOMENTS) {
      for (let nth = 1; nth <= commands; nth++) {
        const cut = proxy.cut({ ...ofSongs, nth, moment });
        const id = (await batch.uploadNext())!;
        await Promise.race([cut, sleep(TURN_MS, undefined, { ref: false })]);
        const began = Date.now();
        await ready(client, id, 120);
        recovered.push((Date.now() - began) / 1000);
      }
    }
    proxy.restore();
    await conclude(
      batch,
      6,
      'connection cut at each database command of a transcode, until the song is READY',
      recovered,
    );
  });

  it('to Redis, at any command of an upload and its transcode loses no song', async () => {
    installation = await Installation.open({
      viaRedis: async (url) => (proxy = await CuttingProxy.redis(url)).url,
    });
    await openBatch();
    const client = await installation.api.admin();
    const transcode = async () => ready(client, (await batch.uploadNext())!, 120);
    await transcode();
    const commands = await commandsOf(transcode);
    const recovered = await cutAtEach(commands, transcode);
    proxy.restore();
    await conclude(
      batch,
      7,
      'connection cut at each Redis command of an upload and its transcode, until the song is READY',
      recovered,
    );
  });

  it('to the database, at insert or publish, for longer than writes are retried loses no song', async () => {
    installation = await Installation.open({
      viaDatabase: async (uri) => (proxy = await CuttingProxy.database(uri)).url,
    });
    await openBatch();
    const client = await installation.api.admin();
    const transcode = async () => installation.explained(ready(client, (await batch.uploadNext())!, 180));
    await transcode();
    const recovered: number[] = [];
    for (const at of [isSongInsert, isPublish]) {
      for (const moment of MOMENTS) {
        const cut = proxy.cut({ at, moment, downMs: OUTAGE_MS });
        const done = transcode();
        await Promise.race([cut, done.then(() => Promise.reject(new Error('the cut never came')))]);
        await sleep(OUTAGE_MS);
        const began = Date.now();
        await done;
        recovered.push((Date.now() - began) / 1000);
      }
    }
    await conclude(
      batch,
      8,
      'database away for 30 s at the insert of a song and at its publish, until the song is READY',
      recovered,
    );
  });
});
