import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from './temp-dir.js';

const run = promisify(execFile);

/** Real files that ffmpeg makes in a temporary folder. */
export class AudioFiles {
  private constructor(readonly folder: string) {}

  static open(): AudioFiles {
    return new AudioFiles(tempDir('audio-files'));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A tone with these output options; `input` replaces the tone. */
  async make(
    name: string,
    options = '',
    input = 'sine=frequency=440:sample_rate=44100:d=5',
  ): Promise<string> {
    await this.ffmpeg(`-f lavfi -i ${input} -ac 2 ${options}`, name);
    return this.path(name);
  }

  async ffmpeg(options: string, name: string): Promise<void> {
    await run('ffmpeg', ['-v', 'error', '-y', ...options.split(' ').filter(Boolean), this.path(name)]);
  }

  /** Writes to a pipe, so that the header has no length: ffmpeg cannot seek back to fill it in. */
  async stream(name: string, options: string): Promise<string> {
    const args = `-v error -f lavfi -i sine=frequency=440:sample_rate=44100:d=5 -ac 2 ${options} pipe:1`;
    const { stdout } = await run('ffmpeg', args.split(' '), { encoding: 'buffer', maxBuffer: 1 << 26 });
    return this.write(name, stdout);
  }

  async write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** The first part of a file. */
  async cut(name: string, share: number): Promise<string> {
    const whole = await readFile(this.path(name));
    return this.write(`cut-${name}`, whole.subarray(0, Math.floor(whole.length * share)));
  }

  async join(name: string, ...parts: (string | Buffer)[]): Promise<string> {
    const read = async (part: string | Buffer) =>
      typeof part === 'string' ? readFile(this.path(part)) : part;
    return this.write(name, Buffer.concat(await Promise.all(parts.map(read))));
  }

  /** The loudest sample, dB above full scale. */
  async peak(path: string): Promise<number> {
    const args = [
      '-hide_banner',
      '-nostdin',
      '-i',
      path,
      '-af',
      'astats=measure_perchannel=none',
      '-f',
      'null',
      '-',
    ];
    const { stderr } = await run('ffmpeg', args);
    return Number(/Peak level dB: (\S+)/.exec(stderr)?.[1]);
  }
}

/** Command lines that contain this text; give a path, so that processes of other tests do not count. */
export async function processesMentioning(text: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,args='], { maxBuffer: 1 << 24 });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes('ps -axo'));
}
