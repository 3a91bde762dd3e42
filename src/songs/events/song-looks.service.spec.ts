import type { SongLoader } from '../song-loader.service.js';
import type { Song } from '../song.schema.js';
import { SongLooks } from './song-looks.service.js';

/** A database with one song, whose reads end when the test says so. */
class HeldReads {
  private readonly held: (() => void)[] = [];
  reads = 0;

  constructor(public title: string | null) {}

  readonly load = (): Promise<Song | null> => {
    this.reads += 1;
    const { title } = this;
    const song = title === null ? null : ({ id: '1', title, processing: {} } as Song);
    return new Promise((resolve) => this.held.push(() => resolve(song)));
  };

  /** Ends the oldest read that has not ended, and waits for what it causes. */
  async end(): Promise<void> {
    this.held.shift()!();
    await new Promise(setImmediate);
  }
}

const looksAt = (database: HeldReads) => new SongLooks({ load: database.load } as unknown as SongLoader);

describe('a song read after its events', () => {
  it('is read once when no event of it is emitted meanwhile', async () => {
    const database = new HeldReads('first');
    const looks = looksAt(database);
    const read = looks.afterEvents('1');
    looks.emitting('2');
    await database.end();
    expect((await read).title).toBe('first');
    expect(database.reads).toBe(1);
  });

  it('is read again for an event that is emitted during the read, until none is', async () => {
    const database = new HeldReads('first');
    const looks = looksAt(database);
    const read = looks.afterEvents('1');
    for (const title of ['second', 'third']) {
      database.title = title;
      looks.emitting('1');
      await database.end();
    }
    await database.end();
    expect((await read).title).toBe('third');
    expect(database.reads).toBe(3);
  });

  it('is refused with NOT_FOUND when it is gone', async () => {
    const database = new HeldReads(null);
    const read = looksAt(database).afterEvents('1');
    const refused = expect(read).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await database.end();
    await refused;
  });
});

describe('a song read after an event', () => {
  const event = { type: 'song.changed', songId: '1', at: '' } as const;

  it('is read once for all subscribers that get the event', async () => {
    const database = new HeldReads('first');
    const looks = looksAt(database);
    const shown = { song: null, version: null, from: 0, to: 0 };
    const both = [looks.after(event, '1', shown), looks.after(event, '1', shown)];
    await database.end();
    const [one, other] = await Promise.all(both);
    expect(one).toBe(other);
    expect(database.reads).toBe(1);
  });

  it('is read again for a subscriber that was shown something newer than the shared read', async () => {
    const database = new HeldReads('first');
    const looks = looksAt(database);
    const early = looks.after(event, '1', { song: null, version: null, from: 0, to: 0 });
    const present = looks.now('1');
    await database.end();
    await database.end();
    const late = looks.after(event, '1', await present);
    await database.end();
    expect((await late).from).toBeGreaterThan((await early).to);
    expect(database.reads).toBe(3);
  });
});
