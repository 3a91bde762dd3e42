import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventuallyPasses } from './support/eventually.js';
import { HealthTestServer, statuses } from './support/health-server.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('health-encoder');

describe('a server on a machine so busy that ffmpeg answers late', () => {
  it('stays ready, reports the late ffmpeg, and is healthy when ffmpeg has answered', async () => {
    const slow = join(folder, 'slow-ffmpeg');
    await writeFile(slow, '#!/bin/sh\nsleep 4\nexec ffmpeg "$@"\n', { mode: 0o755 });
    const settings = { DATA_DIR: join(folder, 'busy'), MIN_FREE_DISK_BYTES: 1, FFMPEG_PATH: slow };
    const server = await HealthTestServer.open(settings);
    try {
      const seen = new Map<unknown, unknown>();
      const statusCodes = new Set<number>();
      await eventuallyPasses(async () => {
        const { status, body } = await server.get('/health');
        // The database may be slow right after the start.
        if (statuses(body)['database'] === 'up') statusCodes.add(status);
        seen.set(statuses(body)['ffmpeg'], body.details['ffmpeg']?.['advice']);
        expect(statuses(body)['ffmpeg']).toBe('up');
      });
      expect([...statusCodes]).toEqual([200]);
      expect([...seen.keys()]).toEqual(['degraded', 'up']);
      expect(seen.get('degraded')).toEqual([
        expect.stringMatching(/^ffmpeg answers late: this machine is busy/),
      ]);
    } finally {
      await server.end();
    }
  });
});

describe('an API process (WORKER=none) on a machine without ffmpeg', () => {
  it('stays ready, because songs play, and reports that uploads are refused', async () => {
    const settings = { DATA_DIR: join(folder, 'answering'), MIN_FREE_DISK_BYTES: 1, WORKER: 'none' };
    const server = await HealthTestServer.open({ ...settings, FFMPEG_PATH: '/nowhere/ffmpeg' });
    try {
      await eventuallyPasses(async () => expect((await server.get('/health')).status).toBe(200));
      const { body } = await server.get('/health');
      expect(statuses(body)['ffmpeg']).toBe('degraded');
      expect(body.details['ffmpeg']?.['advice']).toEqual([
        expect.stringMatching(/^ffmpeg or ffprobe cannot be run: run bin\/setup, .+ Uploads are refused/),
      ]);
    } finally {
      await server.end();
    }
  });
});
