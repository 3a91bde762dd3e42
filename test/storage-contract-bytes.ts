import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { MEBIBYTE, TYPE, type StorageTestContext } from './storage-contract-context.js';

const missing = expect.objectContaining({ code: 'NOT_FOUND' });
const refused = expect.objectContaining({ code: 'BAD_INPUT' });

/** What goes in comes out: whole, in part, or not at all. */
export function itKeepsBytes(desk: StorageTestContext): void {
  describe('an object', () => {
    it('comes back as it was put, with its size and age', async () => {
      const before = Date.now();
      await desk.put('songs/1/original.mp3', 'la la la');
      const file = await desk.storage.open('songs/1/original.mp3');
      expect(await text(file.body)).toBe('la la la');
      expect(file.bytes).toBe(8);
      expect(Math.abs(file.modifiedAt.getTime() - before)).toBeLessThan(10_000);
    });

    it('tells its size and age without being opened, and the same as when opened', async () => {
      await desk.put('a/b', 'seven..');
      const { body, ...opened } = await desk.storage.open('a/b');
      body.destroy();
      expect(await desk.storage.stat('a/b')).toEqual(opened);
      expect(opened.bytes).toBe(7);
    });

    it('without any bytes is kept, or refused and leaves nothing', async () => {
      await writeFile(desk.path('empty'), '');
      const puts = [
        () => desk.storage.put('empty', Readable.from([]), TYPE),
        () => desk.storage.putFile('empty', desk.path('empty'), TYPE),
      ];
      for (const put of puts) {
        const refusal = await put().catch((error: unknown) => error);
        if (refusal === undefined) {
          expect((await desk.storage.stat('empty')).bytes).toBe(0);
          expect(await desk.read('empty')).toBe('');
          expect(await desk.keys('')).toEqual(['empty']);
        } else {
          expect([refusal, await desk.keys('')]).toEqual([refused, []]);
        }
      }
    });

    it('survives byte for byte whatever its bytes are', async () => {
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
      await desk.put('binary', bytes);
      expect((await buffer((await desk.storage.open('binary')).body)).equals(bytes)).toBe(true);
    });

    it('arrives whole from a stream of many small chunks', async () => {
      await desk.storage.put(
        'chunks',
        Readable.from(Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i},`))),
        TYPE,
      );
      expect((await desk.read('chunks')).split(',')).toHaveLength(5001);
    });

    it('is replaced entirely by a later put', async () => {
      await desk.put('a', 'a long first version');
      await desk.put('a', 'short');
      expect(await desk.read('a')).toBe('short');
      expect((await desk.storage.stat('a')).bytes).toBe(5);
    });

    it('that does not exist is NOT_FOUND to every question', async () => {
      await desk.put('folder/file', 'x');
      for (const key of ['nothing', 'folder/nothing', 'folder/file/nothing', 'folder', 'no/folder/here']) {
        await expect(desk.storage.open(key)).rejects.toEqual(missing);
        await expect(desk.storage.stat(key)).rejects.toEqual(missing);
        await expect(desk.storage.download(key, desk.path('copy'))).rejects.toEqual(missing);
      }
      expect(await readdir(desk.folder)).toEqual([]);
    });
  });

  describe('a range', () => {
    beforeEach(() => desk.put('digits', '0123456789'));

    it.each([
      [0, 0, '0'],
      [2, 5, '2345'],
      [9, 9, '9'],
      [0, 9, '0123456789'],
      [5, 500, '56789'],
      [10, 20, ''],
    ])('%i-%i holds exactly those bytes', async (start, end, expected) => {
      expect(await desk.read('digits', { start, end })).toBe(expected);
    });

    it('still tells the size of the whole', async () => {
      const file = await desk.storage.open('digits', { start: 3, end: 4 });
      file.body.destroy();
      expect(file.bytes).toBe(10);
    });
  });

  describe('an interrupted put', () => {
    it('leaves nothing visible when the source breaks off', async () => {
      const body = new PassThrough();
      body.write(Buffer.alloc(MEBIBYTE));
      const putting = desk.storage.put('songs/1/original.mp3', body, TYPE);
      setTimeout(() => body.destroy(new Error('the line was cut')), 20);
      await expect(putting).rejects.toThrow('the line was cut');
      expect(await desk.keys('')).toEqual([]);
      await expect(desk.storage.stat('songs/1/original.mp3')).rejects.toEqual(missing);
    });

    it('leaves nothing visible when the source ends without saying so', async () => {
      const body = new PassThrough();
      body.write('half a so');
      const putting = desk.storage.put('a', body, TYPE);
      setTimeout(() => body.destroy(), 20);
      await expect(putting).rejects.toThrow();
      expect(await desk.keys('')).toEqual([]);
    });

    it('leaves the earlier version as it was', async () => {
      await desk.put('a', 'first');
      const body = new PassThrough();
      body.write('sec');
      const putting = desk.storage.put('a', body, TYPE);
      setTimeout(() => body.destroy(new Error('cut')), 20);
      await expect(putting).rejects.toThrow('cut');
      expect(await desk.read('a')).toBe('first');
    });

    it('shows nothing while it is under way', async () => {
      const body = new PassThrough();
      body.write('still com');
      const putting = desk.storage.put('a/b', body, TYPE);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await desk.keys('')).toEqual([]);
      await expect(desk.storage.open('a/b')).rejects.toEqual(missing);
      body.end('ing');
      await putting;
      expect(await desk.read('a/b')).toBe('still coming');
    });

    it('survives a source that broke before anybody looked', async () => {
      const body = new PassThrough();
      body.destroy(new Error('broken from the start'));
      await expect(desk.storage.put('a', body, TYPE)).rejects.toThrow('broken from the start');
    });

    it('destroys the source it could not store', async () => {
      const body = new PassThrough();
      await expect(desk.storage.put('../escape', body, TYPE)).rejects.toEqual(refused);
      if (!body.closed) await once(body, 'close');
      expect(body.destroyed).toBe(true);
    });
  });

  describe('a file of this machine', () => {
    it('is stored and stays where it is', async () => {
      await writeFile(desk.path('song'), 'from a file');
      await desk.storage.putFile('a/song', desk.path('song'), TYPE);
      expect(await desk.read('a/song')).toBe('from a file');
      expect(await readFile(desk.path('song'), 'utf8')).toBe('from a file');
    });

    it('may be changed afterwards without changing the object', async () => {
      await writeFile(desk.path('song'), 'original');
      await desk.storage.putFile('song', desk.path('song'), TYPE);
      await writeFile(desk.path('song'), 'scribble', { flag: 'r+' });
      expect(await desk.read('song')).toBe('original');
    });

    it('that does not exist is an error and stores nothing', async () => {
      await expect(desk.storage.putFile('song', desk.path('none'), TYPE)).rejects.toThrow();
      expect(await desk.keys('')).toEqual([]);
    });
  });

  describe('a download', () => {
    it('is a private copy: changing it does not change the object', async () => {
      await desk.put('song', 'original');
      await desk.storage.download('song', desk.path('copy'));
      expect(await readFile(desk.path('copy'), 'utf8')).toBe('original');
      await writeFile(desk.path('copy'), 'scribble', { flag: 'r+' });
      expect(await desk.read('song')).toBe('original');
    });

    it('never overwrites a file that is there', async () => {
      await desk.put('song', 'original');
      await writeFile(desk.path('mine'), 'precious');
      await expect(desk.storage.download('song', desk.path('mine'))).rejects.toThrow();
      expect(await readFile(desk.path('mine'), 'utf8')).toBe('precious');
    });
  });

  it('carries a large object in little memory', async () => {
    const size = 192 * MEBIBYTE;
    const chunk = Buffer.alloc(64 * 1024, 7);
    let peak = 0;
    const before = process.memoryUsage.rss();
    const watch = () => (peak = Math.max(peak, process.memoryUsage.rss() - before));
    function* song() {
      for (let i = 0; i < size / chunk.length; i++) {
        watch();
        yield chunk;
      }
    }
    await desk.storage.put('big', Readable.from(song()), TYPE);
    let bytes = 0;
    for await (const part of (await desk.storage.open('big')).body) {
      bytes += (part as Buffer).length;
      watch();
    }
    expect(bytes).toBe(size);
    expect(peak / MEBIBYTE).toBeLessThan(128);
  });
}
