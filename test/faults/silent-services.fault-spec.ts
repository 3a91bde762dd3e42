import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { encoders } from '../support/process-tree.js';
import { eventually } from '../support/eventually.js';
import { conclude } from './conclude.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';
import { UploadBatch } from './upload-batch.js';

/** How long a stopped process stays silent, milliseconds. */
const SILENT_MS = 20_000;
const FLUSHES = 5;

describe('an installation that accepts uploads', () => {
  let songs: TestSongs;
  let installation: Installation;
  let batch: UploadBatch;

  beforeAll(async () => {
    songs = await TestSongs.open();
    installation = await Installation.open();
  });

  afterAll(async () => {
    await installation.close();
  });

  async function begin(): Promise<void> {
    const { currentToken } = await installation.api.admin();
    batch = new UploadBatch(() => [installation.api], currentToken, songs);
    batch.start();
    await batch.secondsToNext();
    await eventually(async () => (await encoders(installation.dataDir)).length > 0);
  }

  it(`loses no song when Redis loses all its data ${FLUSHES} times`, async () => {
    await begin();
    const recovered: number[] = [];
    while (recovered.length < FLUSHES) {
      await installation.redis.ask((client) => client.flushall());
      recovered.push(await batch.secondsToNext());
      await sleep(2_000);
    }
    await conclude(batch, 9, '`FLUSHALL` of Redis, until the next song is acknowledged', recovered);
  });

  it('keeps accepting songs while Redis is stopped for 20 s, and transcodes them afterwards', async () => {
    await begin();
    installation.redis.signal('SIGSTOP');
    const recovered = [await batch.secondsToNext()];
    await sleep(SILENT_MS);
    installation.redis.signal('SIGCONT');
    await conclude(
      batch,
      10,
      'Redis stopped (`SIGSTOP`) for 20 s, until the next song is acknowledged',
      recovered,
    );
  });

  it('loses no song when its database is stopped for 20 s', async () => {
    await begin();
    installation.database.pause();
    await sleep(SILENT_MS);
    installation.database.resume();
    const recovered = [await batch.secondsToNext()];
    await conclude(
      batch,
      11,
      'database stopped (`SIGSTOP`) for 20 s, until the next song is acknowledged behind that',
      recovered,
    );
  });
});
