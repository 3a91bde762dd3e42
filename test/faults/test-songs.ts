import { join } from 'node:path';
import { ffmpeg, makeSong } from '../support/audio-fixtures.js';
import { tempDir } from '../support/temp-dir.js';

/** A folder of short songs with the same sound but different titles, so that no two files have the same bytes. */
export class TestSongs {
  private made = 0;

  private constructor(
    private readonly folder: string,
    private readonly sound: string,
  ) {}

  static async open(seconds = 8): Promise<TestSongs> {
    const folder = tempDir('fault-songs');
    return new TestSongs(folder, await makeSong(folder, 'sound.mp3', seconds));
  }

  /** The next song: its file and its title. */
  async next(): Promise<{ path: string; title: string }> {
    const title = `Song ${++this.made}`;
    const path = join(this.folder, `${this.made}.mp3`);
    await ffmpeg(['-i', this.sound, '-c', 'copy', '-metadata', `title=${title}`, path]);
    return { path, title };
  }
}
