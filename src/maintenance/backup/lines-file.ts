import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { DigestStream, digestOfStream, type Digest } from '../../platform/storage/checked-copy.js';

/** Writes a gzipped file of lines and returns its digest. */
export class LinesFile {
  private readonly gzip = createGzip();
  private readonly digest = new DigestStream();
  private readonly written: Promise<void>;
  count = 0;

  private constructor(private readonly path: string) {
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    this.written = pipeline(this.gzip, this.digest, file);
    // The error is reported by the next write, or by `end`.
    this.written.catch(() => undefined);
  }

  /** Rejects if the file cannot be written, or with the error of `work`. */
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

  /** The file is on disk when this resolves. */
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
  // The loop below fails with the same error.
  reading.catch(() => undefined);
  for await (const line of createInterface({ input: unzipped, crlfDelay: Infinity })) yield line;
  await reading;
}

export function digestOfFile(path: string): Promise<Digest> {
  return digestOfStream(createReadStream(path));
}
