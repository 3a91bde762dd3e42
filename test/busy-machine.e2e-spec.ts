import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AudioFiles } from './support/audio-files.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { encoders } from './support/process-tree.js';
import { ready, songOf, uploadSong } from './support/songs.js';

const files = AudioFiles.open();

describe('a delay that is not the fault of a song', () => {
  it('does not fail the upload: ffprobe needs half a minute', async () => {
    const slow = join(files.folder, 'slow-ffprobe');
    const once = join(files.folder, 'was-slow');
    const script = `[ "$1" = -version ] || [ -e ${once} ] || { : > ${once}; sleep 31; }`;
    await writeFile(slow, `#!/bin/sh\n${script}\nexec ffprobe "$@"\n`, { mode: 0o755 });
    const server = await TestServer.start({ WORKER: 'none', FFPROBE_PATH: slow });
    try {
      const song = await uploadSong(await server.admin(), await files.make('slow.mp3'));
      expect(song.processing).toMatchObject({ state: 'QUEUED', error: null });
    } finally {
      await server.close();
    }
  });

  it('does not cost an attempt: a transcode that runs out of time on a busy machine is postponed', async () => {
    const server = await TestServer.start({
      NODE_OPTIONS: '--import ./test/support/late-encoder.mjs',
      TRANSCODE_ATTEMPTS: '1',
      TRANSCODE_BACKOFF_MS: '1500',
    });
    try {
      const client = await server.admin();
      const { id } = await uploadSong(client, await files.make('late.mp3'));
      const waiting = await eventually(
        async () => {
          const { processing } = await songOf(client, id);
          return processing.error?.code === 'TIMED_OUT' && processing.state === 'QUEUED' && processing;
        },
        { everyMs: 20 },
      );
      expect(waiting).toMatchObject({ attempt: 1, error: { retryable: true } });
      expect((await ready(client, id, 120)).processing).toMatchObject({ attempt: 1, error: null });
      expect(server.lines.filter((line) => line.includes('postponed'))).toHaveLength(2);
    } finally {
      await server.close();
    }
  });

  it('does not cost an attempt: a stopped ffmpeg is killed and the song is READY soon', async () => {
    const server = await TestServer.start({ TRANSCODE_CPUS: '1', TRANSCODE_ATTEMPTS: '1' });
    try {
      const client = await server.admin();
      const path = await files.make('stopped.wav', '', 'sine=frequency=440:sample_rate=44100:d=60');
      const { id } = await uploadSong(client, path);
      const staging = join(server.dataDir, 'staging');
      const [encoder] = await eventually(
        async () => {
          const running = await encoders(staging);
          return running.length > 0 && running;
        },
        { everyMs: 10 },
      );
      process.kill(encoder!.pid, 'SIGSTOP');
      const { processing } = await ready(client, id, 120);
      expect(processing).toMatchObject({ attempt: 1, error: null });
      expect(await encoders(staging)).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
