import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { DigestStream, digestOfStream, type Digest } from '../../platform/storage/checked-copy.js';

/** A compressed file of lines, and what it is in the end. */
export class LinesFile {
  private readonly gzip = createGzip();
  private readonly digest = new DigestStream();
  private readonly written: Promise<void>;
  count = 0;

  private constructor(private readonly path: string) {
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    this.written = pipeline(this.gzip, this.digest, file);
    // Told by the next write, or by the end.
    this.written.catch(() => undefined);
  }

  /** Rejects when the file cannot be written, or when `work` does. */
  static async write(path: string, work: (file: LinesFile) => Promise<void>): Promise<Digest> {
    const file = new LinesFile(path);
    try {
      await work(file);
    } catch (error) {
      file.gzip.destroy();
      throw error;
    }
    return file.end();
  }

  async line(text: string): Promise<void> {
    this.count++;
    if (this.gzip.write(`${text}\n`)) return;
    await Promise.race([once(this.gzip, 'drain'), this.written]);
  }

  /** Durable when it resolves. */
  private async end(): Promise<Digest> {
    this.gzip.end();
    await this.written;
    const file = await open(this.path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    return this.digest.result();
  }
}

export async function* readLines(path: string): AsyncIterable<string> {
  const unzipped = createGunzip();
  const reading = pipeline(createReadStream(path), unzipped);
  // Told by the loop below, which meets the same error.
  reading.catch(() => undefined);
  for await (const line of createInterface({ input: unzipped, crlfDelay: Infinity })) yield line;
  await reading;
}

export function digestOfFile(path: string): Promise<Digest> {
  return digestOfStream(createReadStream(path));
}
