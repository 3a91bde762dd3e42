import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { MEBIBYTE, TYPE, type StorageTestContext } from './storage-contract-context.js';

const missing = expect.objectContaining({ code: 'NOT_FOUND' });
const refused = expect.objectContaining({ code: 'BAD_INPUT' });

/** Defines tests for the contents of objects: whole, ranges, interrupted writes. */
export function testObjectContents(context: StorageTestContext): void {
  describe('an object', () => {
    it('is returned as it was stored, with its size and modification time', async () => {
      const before = Date.now();
      await context.put('songs/1/original.mp3', 'la la la');
      const file = await context.storage.open('songs/1/original.mp3');
      expect(await text(file.body)).toBe('la la la');
      expect(file.bytes).toBe(8);
      expect(Math.abs(file.modifiedAt.getTime() - before)).toBeLessThan(10_000);
    });

    it('has the same size and modification time by stat as by open', async () => {
      await context.put('a/b', 'seven..');
      const { body, ...opened } = await context.storage.open('a/b');
      body.destroy();
      expect(await context.storage.stat('a/b')).toEqual(opened);
      expect(opened.bytes).toBe(7);
    });

    it('without any bytes is stored, or refused without leaving anything', async () => {
      await writeFile(context.path('empty'), '');
      const puts = [
        () => context.storage.put('empty', Readable.from([]), TYPE),
        () => context.storage.putFile('empty', context.path('empty'), TYPE),
      ];
      for (const put of puts) {
        const refusal = await put().catch((error: unknown) => error);
        if (refusal === undefined) {
          expect((await context.storage.stat('empty')).bytes).toBe(0);
          expect(await context.read('empty')).toBe('');
          expect(await context.keys('')).toEqual(['empty']);
        } else {
          expect([refusal, await context.keys('')]).toEqual([refused, []]);
        }
      }
    });

    it('with binary content is stored byte for byte', async () => {
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
      await context.put('binary', bytes);
      expect((await buffer((await context.storage.open('binary')).body)).equals(bytes)).toBe(true);
    });

    it('is stored completely from a stream of many small chunks', async () => {
      await context.storage.put(
        'chunks',
        Readable.from(Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i},`))),
        TYPE,
      );
      expect((await context.read('chunks')).split(',')).toHaveLength(5001);
    });

    it('is replaced entirely by a later put', async () => {
      await context.put('a', 'a long first version');
      await context.put('a', 'short');
      expect(await context.read('a')).toBe('short');
      expect((await context.storage.stat('a')).bytes).toBe(5);
    });

    it('that does not exist is NOT_FOUND to open, stat and download', async () => {
      await context.put('folder/file', 'x');
      for (const key of ['nothing', 'folder/nothing', 'folder/file/nothing', 'folder', 'no/folder/here']) {
        await expect(context.storage.open(key)).rejects.toEqual(missing);
        await expect(context.storage.stat(key)).rejects.toEqual(missing);
        await expect(context.storage.download(key, context.path('copy'))).rejects.toEqual(missing);
      }
      expect(await readdir(context.folder)).toEqual([]);
    });
  });

  describe('a range', () => {
    beforeEach(() => context.put('digits', '0123456789'));

    it.each([
      [0, 0, '0'],
      [2, 5, '2345'],
      [9, 9, '9'],
      [0, 9, '0123456789'],
      [5, 500, '56789'],
      [10, 20, ''],
    ])('%i-%i holds exactly those bytes', async (start, end, expected) => {
      expect(await context.read('digits', { start, end })).toBe(expected);
    });

    it('comes with the size of the whole object', async () => {
      const file = await context.storage.open('digits', { start: 3, end: 4 });
      file.body.destroy();
      expect(file.bytes).toBe(10);
    });
  });

  describe('an interrupted put', () => {
    it('leaves nothing visible when the source fails', async () => {
      const body = new PassThrough();
      body.write(Buffer.alloc(MEBIBYTE));
      const putting = context.storage.put('songs/1/original.mp3', body, TYPE);
      setTimeout(() => body.destroy(new Error('the connection was cut')), 20);
      await expect(putting).rejects.toThrow('the connection was cut');
      expect(await context.keys('')).toEqual([]);
      await expect(context.storage.stat('songs/1/original.mp3')).rejects.toEqual(missing);
    });

    it('leaves nothing visible when the source is destroyed without an error', async () => {
      const body = new PassThrough();
      body.write('half a so');
      const putting = context.storage.put('a', body, TYPE);
      setTimeout(() => body.destroy(), 20);
      await expect(putting).rejects.toThrow();
      expect(await context.keys('')).toEqual([]);
    });

    it('leaves the earlier version unchanged', async () => {
      await context.put('a', 'first');
      const body = new PassThrough();
      body.write('sec');
      const putting = context.storage.put('a', body, TYPE);
      setTimeout(() => body.destroy(new Error('cut')), 20);
      await expect(putting).rejects.toThrow('cut');
      expect(await context.read('a')).toBe('first');
    });

    it('shows nothing before it is complete', async () => {
      const body = new PassThrough();
      body.write('still com');
      const putting = context.storage.put('a/b', body, TYPE);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await context.keys('')).toEqual([]);
      await expect(context.storage.open('a/b')).rejects.toEqual(missing);
      body.end('ing');
      await putting;
      expect(await context.read('a/b')).toBe('still coming');
    });

    it('rejects with the error of a source that failed before the put', async () => {
      const body = new PassThrough();
      body.destroy(new Error('broken from the start'));
      await expect(context.storage.put('a', body, TYPE)).rejects.toThrow('broken from the start');
    });

    it('destroys a source that it could not store', async () => {
      const body = new PassThrough();
      await expect(context.storage.put('../escape', body, TYPE)).rejects.toEqual(refused);
      if (!body.closed) await once(body, 'close');
      expect(body.destroyed).toBe(true);
    });
  });

  describe('a local file', () => {
    it('is stored by putFile and stays where it is', async () => {
      await writeFile(context.path('song'), 'from a file');
      await context.storage.putFile('a/song', context.path('song'), TYPE);
      expect(await context.read('a/song')).toBe('from a file');
      expect(await readFile(context.path('song'), 'utf8')).toBe('from a file');
    });

    it('may be changed afterwards without changing the object', async () => {
      await writeFile(context.path('song'), 'original');
      await context.storage.putFile('song', context.path('song'), TYPE);
      await writeFile(context.path('song'), 'scribble', { flag: 'r+' });
      expect(await context.read('song')).toBe('original');
    });

    it('that does not exist fails putFile, which stores nothing', async () => {
      await expect(context.storage.putFile('song', context.path('none'), TYPE)).rejects.toThrow();
      expect(await context.keys('')).toEqual([]);
    });
  });

  describe('a download', () => {
    it('is a private copy: changing it does not change the object', async () => {
      await context.put('song', 'original');
      await context.storage.download('song', context.path('copy'));
      expect(await readFile(context.path('copy'), 'utf8')).toBe('original');
      await writeFile(context.path('copy'), 'scribble', { flag: 'r+' });
      expect(await context.read('song')).toBe('original');
    });

    it('never overwrites an existing file', async () => {
      await context.put('song', 'original');
      await writeFile(context.path('mine'), 'precious');
      await expect(context.storage.download('song', context.path('mine'))).rejects.toThrow();
      expect(await readFile(context.path('mine'), 'utf8')).toBe('precious');
    });
  });

  it('a large object is written and read in little memory', async () => {
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
    await context.storage.put('big', Readable.from(song()), TYPE);
    let bytes = 0;
    for await (const part of (await context.storage.open('big')).body) {
      bytes += (part as Buffer).length;
      watch();
    }
    expect(bytes).toBe(size);
    expect(peak / MEBIBYTE).toBeLessThan(128);
  });
}
