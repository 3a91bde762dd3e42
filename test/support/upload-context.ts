import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cli/api-client.js';
import { ffmpeg, sweep } from './audio-fixtures.js';
import { TestServer } from './test-server.js';
import { tempDir } from './temp-dir.js';

const TO_64_MIB = { MAX_UPLOAD_BYTES: String(64 * 1024 ** 2) };

/** A server, its administrator, and songs to upload. */
export class UploadTestContext {
  private made = 0;

  private constructor(
    readonly server: TestServer,
    readonly client: ApiClient,
    readonly folder: string,
  ) {}

  /** Starts a server that accepts files of up to 64 MiB, unless `env` says otherwise. */
  static async open(env: Record<string, string> = TO_64_MIB): Promise<UploadTestContext> {
    const folder = tempDir('fixtures');
    const server = await TestServer.start({ WORKER: 'none', ...env });
    return new UploadTestContext(server, await server.admin(), folder);
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  /** A new, unique song. It is a WAV file, so that its size follows from its length: 176 kB per second. */
  async song(seconds = 3, name = `song-${++this.made}.wav`): Promise<string> {
    return wavSong(join(this.folder, name), seconds + this.made / 100);
  }
}

export async function wavSong(path: string, seconds: number): Promise<string> {
  await ffmpeg([...sweep(seconds), '-c:a', 'pcm_s16le', path]);
  return path;
}

export const sha256Of = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
