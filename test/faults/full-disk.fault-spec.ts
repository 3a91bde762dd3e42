import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiError } from '../../src/cli/api-client.js';
import { makeSong } from '../support/audio-fixtures.js';
import { eventually } from '../support/eventually.js';
import { encoders } from '../support/process-tree.js';
import { songOf, uploadSong } from '../support/songs.js';
import { report } from './fault-row.js';
import { conclude } from './conclude.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';
import { UploadBatch } from './upload-batch.js';

const run = promisify(execFile);
const DISK = '48m';

/** A small file system in memory, mounted for one test. Only root may mount. */
class SmallDisk {
  private constructor(readonly path: string) {}

  static async mount(): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'small-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Fills the disk completely. */
  async fill(): Promise<void> {
    const filler = await open(join(this.path, 'filler'), 'w');
    try {
      for (;;) await filler.write(Buffer.alloc(4096));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await filler.close();
    }
  }

  async free(): Promise<void> {
    await rm(join(this.path, 'filler'));
  }

  async remount(how: 'ro' | 'rw'): Promise<void> {
    // A file that is still open for writing keeps the mount busy for a moment.
    await eventually(() => run('mount', ['-o', `remount,${how}`, this.path]));
  }

  async unmount(): Promise<void> {
    await eventually(() => run('umount', [this.path]));
    await rm(this.path, { recursive: true });
  }
}

describe('an installation on a disk of 48 MB', () => {
  let songs: TestSongs;
  let disk: SmallDisk;
  let installation: Installation;
  let batch: UploadBatch;

  beforeAll(async () => {
    songs = await TestSongs.open();
  });

  beforeEach(async () => {
    disk = await SmallDisk.mount();
    installation = await Installation.open({ dataDir: join(disk.path, 'data') });
    const { currentToken } = await installation.api.admin();
    batch = new UploadBatch(() => [installation.api.url], currentToken, songs, 1_500);
  });

  afterEach(async () => {
    // A failed test may have left the file system read-only.
    await disk.remount('rw');
    await batch.stop();
    await installation.close();
    await disk.unmount();
  });

  afterAll(() => songs.close());

  it('refuses a song with DISK_FULL while no byte is free, and accepts it when there is free space', async () => {
    batch.start(1);
    await batch.secondsToNext();
    await disk.fill();
    const client = await installation.api.admin();
    const { path } = await songs.next();
    await expect(uploadSong(client, path)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await disk.free();
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
    await disk.free();
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
