import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiError } from '../../src/cli/api-client.js';
import { makeSong } from '../support/audio-fixtures.js';
import { eventually } from '../support/eventually.js';
import { encoders } from '../support/process-tree.js';
import { SmallDisk } from '../support/small-disk.js';
import { songOf, uploadSong } from '../support/songs.js';
import { report } from './fault-row.js';
import { conclude } from './conclude.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';
import { UploadBatch } from './upload-batch.js';
import { tempDir } from '../support/temp-dir.js';

describe('an installation on a disk of 48 MB', () => {
  let songs: TestSongs;
  let disk: SmallDisk;
  let installation: Installation;
  let batch: UploadBatch;

  beforeAll(async () => {
    songs = await TestSongs.open();
  });

  beforeEach(async () => {
    disk = await SmallDisk.mount(tempDir('small-disk'), 48);
    installation = await Installation.open({ dataDir: join(disk.path, 'data') });
    const { currentToken } = await installation.api.admin();
    batch = new UploadBatch(() => [installation.api], currentToken, songs, 1_500);
  });

  afterEach(async () => {
    // A failed test may have left the file system read-only.
    await disk.remount('rw');
    await batch.stop();
    await installation.close();
    await disk.unmount();
  });

  it('refuses a song with DISK_FULL while no byte is free, and accepts it when there is free space', async () => {
    batch.start(1);
    await batch.secondsToNext();
    await disk.fill();
    const client = await installation.api.admin();
    const { path } = await songs.next();
    await expect(uploadSong(client, path)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await disk.freeSpace();
    const recovered = [await batch.secondsToNext()];
    await conclude(
      batch,
      12,
      'no byte left on the disk during uploads, until the next song is acknowledged',
      recovered,
    );
  });

  it('keeps a song whose transcode fails on the full disk, and transcodes it when there is free space', async () => {
    const client = await installation.api.admin();
    const { id } = await uploadSong(client, await makeSong(disk.path, 'song.mp3', 90));
    await eventually(async () => (await encoders(installation.dataDir)).length > 0);
    await disk.fill();
    await eventually(async () => {
      const { attempt, error } = (await songOf(client, id)).processing;
      return attempt > 1 && error !== null;
    });
    await disk.freeSpace();
    const began = Date.now();
    await eventually(async () => (await songOf(client, id)).processing.state === 'READY', { seconds: 120 });
    await report(13, {
      fault: 'no byte left on the disk during a transcode, until the song is READY',
      tries: 1,
      acknowledged: 1,
      lost: 0,
      recovered: [(Date.now() - began) / 1000],
    });
  });

  it('refuses songs with an explanation while its storage is read-only, and accepts them afterwards', async () => {
    batch.start(1);
    await batch.secondsToNext();
    await disk.remount('ro');
    const client = await installation.api.admin();
    const { path } = await songs.next();
    const refusal = await uploadSong(client, path).catch((error: ApiError) => error);
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^(UNAVAILABLE|DISK_FULL)$/) });
    await disk.remount('rw');
    const recovered = [await batch.secondsToNext()];
    await conclude(batch, 14, 'read-only disk, until the next song is acknowledged', recovered);
  });
});
