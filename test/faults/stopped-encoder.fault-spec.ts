import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { encoders } from '../support/process-tree.js';
import { ready, uploadSong } from '../support/songs.js';
import { report } from './fault-row.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';

const STOPS = 3;

describe('a worker whose ffmpeg is stopped in the middle of a song', () => {
  let songs: TestSongs;
  let installation: Installation;

  beforeAll(async () => {
    songs = await TestSongs.open(60);
    installation = await Installation.open();
  });

  afterAll(async () => {
    await installation.close();
  });

  it('kills ffmpeg and transcodes the song within a minute', async () => {
    const client = await installation.api.admin();
    const recovered: number[] = [];
    while (recovered.length < STOPS) {
      const { path } = await songs.next();
      const { id } = await uploadSong(client, path);
      const [encoder] = await eventually(async () => {
        const running = await encoders(installation.dataDir);
        return running.length > 0 && running;
      });
      process.kill(encoder!.pid, 'SIGSTOP');
      const began = Date.now();
      await ready(client, id, 120);
      recovered.push((Date.now() - began) / 1000);
    }
    await report(15, {
      fault: 'ffmpeg stopped (`SIGSTOP`) in the middle of a song, until the song is READY',
      tries: STOPS,
      acknowledged: STOPS,
      lost: 0,
      recovered,
    });
    expect(Math.max(...recovered)).toBeLessThan(60);
  });
});
