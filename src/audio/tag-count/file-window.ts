import type { FileHandle } from 'node:fs/promises';

/** Bytes read at once: counted structures are close together, skipped ones far apart. */
const WINDOW_BYTES = 32 * 1024;

/** Random access to a file, with one window of it in memory. */
export class FileWindow {
  private start = 0;
  private held: Buffer = Buffer.alloc(0);

  constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  /** The bytes at `at`, at most one window; fewer at the end of the file. */
  async bytes(at: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, WINDOW_BYTES, this.size - at));
    if (at < this.start || at + wanted > this.start + this.held.length) {
      const { buffer, bytesRead } = await this.file.read(Buffer.alloc(WINDOW_BYTES), 0, WINDOW_BYTES, at);
      this.start = at;
      this.held = buffer.subarray(0, bytesRead);
    }
    return this.held.subarray(at - this.start, at - this.start + wanted);
  }

  async text(at: number, length: number): Promise<string> {
    return (await this.bytes(at, length)).toString('latin1');
  }
}
