import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { completeUpload, createUpload, offsetOf, patch } from './support/pending-uploads.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { wavSong } from './support/upload-context.js';
import { tempDir } from './support/temp-dir.js';

const EXPIRY = 4;

describe('several API processes on one database', () => {
  const folder = tempDir('together');
  let path: string;
  let services: SharedServices;
  let servers: TestServer[] = [];
  let clients: ApiClient[];

  const open = (dataDir: string) =>
    TestServer.start(
      { ...services.env, WORKER: 'none', UPLOAD_EXPIRY_SECONDS: String(EXPIRY) },
      'main.js',
      join(folder, dataDir),
    );

  beforeAll(async () => {
    path = await wavSong(join(folder, 'song.wav'), 6);
    services = await startSharedServices();
    servers = await Promise.all(['shared', 'shared', 'apart'].map(open));
    clients = await Promise.all(servers.map((server) => server.admin()));
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await services?.stop();
  });

  it('make one song of an upload that is completed on two of them at once', async () => {
    const upload = await createUpload(clients[0]!, path);
    await patch(clients[0]!, upload, path);
    const songs = await Promise.all(
      [0, 1, 0, 1].map((at) => completeUpload(clients[at]!, upload.id, { allowDuplicate: true })),
    );
    expect(new Set(songs.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(join(folder, 'shared/media/songs'))).toEqual([songs[0]!.id]);
  });

  it('do not expire an upload that still arrives at a process whose disk they cannot see', async () => {
    const [, , apart] = clients;
    const upload = await createUpload(apart!, path);
    const abandoned = await createUpload(apart!, path);
    const until = Date.now() + EXPIRY * 3_000;
    let at = 0;
    while (Date.now() < until) {
      expect((await patch(apart!, upload, path, at, at + 1000)).status).toBe(204);
      at += 1000;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(await offsetOf(apart!, upload)).toBe(at);
    await expect(completeUpload(apart!, abandoned.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await eventually(async () => (await readdir(join(folder, 'apart/resumable'))).join() === upload.id);
  });
});
