import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type { MediaStorage } from '../src/storage/media-storage.js';

const TYPE = { contentType: 'application/octet-stream', cacheControl: 'public, max-age=31536000, immutable' };
const MEBIBYTE = 1024 * 1024;

export interface StorageUnderTest {
  storage: MediaStorage;
  /** What the store holds for parts of unfinished puts; empty when all is well. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

/** What every MediaStorage promises, whatever it is built on. */
export function itKeepsTheStorageContract(name: string, create: () => Promise<StorageUnderTest>): void {
  describe(name, () => {
    let under: StorageUnderTest;
    let storage: MediaStorage;
    let desk: string;

    const put = (key: string, content: string | Buffer) =>
      storage.put(key, Readable.from([Buffer.from(content)]), TYPE);
    const read = async (key: string, range?: { start: number; end: number }) =>
      text((await storage.open(key, range)).body);
    const keys = async (prefix: string) => {
      const found: string[] = [];
      for await (const { key } of storage.list(prefix)) found.push(key);
      return found.toSorted();
    };
    const missing = expect.objectContaining({ code: 'NOT_FOUND' });
    const refused = expect.objectContaining({ code: 'BAD_INPUT' });

    beforeEach(async () => {
      under = await create();
      storage = under.storage;
      desk = await mkdtemp(join(tmpdir(), 'storage-desk-'));
    });
    afterEach(async () => {
      expect(await under.leftovers()).toEqual([]);
      await under.close();
      await rm(desk, { recursive: true, force: true });
    });

    describe('an object', () => {
      it('comes back as it was put, with its size and age', async () => {
        const before = Date.now();
        await put('songs/1/original.mp3', 'la la la');
        const file = await storage.open('songs/1/original.mp3');
        expect(await text(file.body)).toBe('la la la');
        expect(file.bytes).toBe(8);
        expect(Math.abs(file.modifiedAt.getTime() - before)).toBeLessThan(10_000);
      });

      it('tells its size and age without being opened, and the same as when opened', async () => {
        await put('a/b', 'seven..');
        const { body, ...opened } = await storage.open('a/b');
        body.destroy();
        expect(await storage.stat('a/b')).toEqual(opened);
        expect(opened.bytes).toBe(7);
      });

      it('may be empty', async () => {
        await storage.put('empty', Readable.from([]), TYPE);
        expect((await storage.stat('empty')).bytes).toBe(0);
        expect(await read('empty')).toBe('');
        expect(await keys('')).toEqual(['empty']);
      });

      it('survives byte for byte whatever its bytes are', async () => {
        const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
        await put('binary', bytes);
        expect((await buffer((await storage.open('binary')).body)).equals(bytes)).toBe(true);
      });

      it('arrives whole from a stream of many small chunks', async () => {
        await storage.put(
          'chunks',
          Readable.from(Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i},`))),
          TYPE,
        );
        expect((await read('chunks')).split(',')).toHaveLength(5001);
      });

      it('is replaced entirely by a later put', async () => {
        await put('a', 'a long first version');
        await put('a', 'short');
        expect(await read('a')).toBe('short');
        expect((await storage.stat('a')).bytes).toBe(5);
      });

      it('that does not exist is NOT_FOUND to every question', async () => {
        await put('folder/file', 'x');
        for (const key of ['nothing', 'folder/nothing', 'folder/file/nothing', 'folder', 'no/folder/here']) {
          await expect(storage.open(key)).rejects.toEqual(missing);
          await expect(storage.stat(key)).rejects.toEqual(missing);
          await expect(storage.download(key, join(desk, 'copy'))).rejects.toEqual(missing);
        }
        expect(await readdir(desk)).toEqual([]);
      });
    });

    describe('a range', () => {
      beforeEach(() => put('digits', '0123456789'));

      it.each([
        [0, 0, '0'],
        [2, 5, '2345'],
        [9, 9, '9'],
        [0, 9, '0123456789'],
        [5, 500, '56789'],
        [10, 20, ''],
      ])('%i-%i holds exactly those bytes', async (start, end, expected) => {
        expect(await read('digits', { start, end })).toBe(expected);
      });

      it('still tells the size of the whole', async () => {
        const file = await storage.open('digits', { start: 3, end: 4 });
        file.body.destroy();
        expect(file.bytes).toBe(10);
      });
    });

    describe('an interrupted put', () => {
      it('leaves nothing visible when the source breaks off', async () => {
        const body = new PassThrough();
        body.write(Buffer.alloc(MEBIBYTE));
        const putting = storage.put('songs/1/original.mp3', body, TYPE);
        setTimeout(() => body.destroy(new Error('the line was cut')), 20);
        await expect(putting).rejects.toThrow('the line was cut');
        expect(await keys('')).toEqual([]);
        await expect(storage.stat('songs/1/original.mp3')).rejects.toEqual(missing);
      });

      it('leaves nothing visible when the source ends without saying so', async () => {
        const body = new PassThrough();
        body.write('half a so');
        const putting = storage.put('a', body, TYPE);
        setTimeout(() => body.destroy(), 20);
        await expect(putting).rejects.toThrow();
        expect(await keys('')).toEqual([]);
      });

      it('leaves the earlier version as it was', async () => {
        await put('a', 'first');
        const body = new PassThrough();
        body.write('sec');
        const putting = storage.put('a', body, TYPE);
        setTimeout(() => body.destroy(new Error('cut')), 20);
        await expect(putting).rejects.toThrow('cut');
        expect(await read('a')).toBe('first');
      });

      it('shows nothing while it is under way', async () => {
        const body = new PassThrough();
        body.write('still com');
        const putting = storage.put('a/b', body, TYPE);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(await keys('')).toEqual([]);
        await expect(storage.open('a/b')).rejects.toEqual(missing);
        body.end('ing');
        await putting;
        expect(await read('a/b')).toBe('still coming');
      });

      it('survives a source that broke before anybody looked', async () => {
        const body = new PassThrough();
        body.destroy(new Error('broken from the start'));
        await expect(storage.put('a', body, TYPE)).rejects.toThrow('broken from the start');
      });

      it('destroys the source it could not store', async () => {
        const body = new PassThrough();
        await expect(storage.put('../escape', body, TYPE)).rejects.toEqual(refused);
        if (!body.closed) await once(body, 'close');
        expect(body.destroyed).toBe(true);
      });
    });

    describe('a file of this machine', () => {
      it('is stored and stays where it is', async () => {
        await writeFile(join(desk, 'song'), 'from a file');
        await storage.putFile('a/song', join(desk, 'song'), TYPE);
        expect(await read('a/song')).toBe('from a file');
        expect(await readFile(join(desk, 'song'), 'utf8')).toBe('from a file');
      });

      it('may be changed afterwards without changing the object', async () => {
        await writeFile(join(desk, 'song'), 'original');
        await storage.putFile('song', join(desk, 'song'), TYPE);
        await writeFile(join(desk, 'song'), 'scribble', { flag: 'r+' });
        expect(await read('song')).toBe('original');
      });

      it('that does not exist is an error and stores nothing', async () => {
        await expect(storage.putFile('song', join(desk, 'none'), TYPE)).rejects.toThrow();
        expect(await keys('')).toEqual([]);
      });

      it('may be empty', async () => {
        await writeFile(join(desk, 'empty'), '');
        await storage.putFile('empty', join(desk, 'empty'), TYPE);
        expect(await read('empty')).toBe('');
      });
    });

    describe('a download', () => {
      it('is a private copy: changing it does not change the object', async () => {
        await put('song', 'original');
        await storage.download('song', join(desk, 'copy'));
        expect(await readFile(join(desk, 'copy'), 'utf8')).toBe('original');
        await writeFile(join(desk, 'copy'), 'scribble', { flag: 'r+' });
        expect(await read('song')).toBe('original');
      });

      it('never overwrites a file that is there', async () => {
        await put('song', 'original');
        await writeFile(join(desk, 'mine'), 'precious');
        await expect(storage.download('song', join(desk, 'mine'))).rejects.toThrow();
        expect(await readFile(join(desk, 'mine'), 'utf8')).toBe('precious');
      });
    });

    describe('a listing', () => {
      it('names everything below a folder and nothing beside it', async () => {
        await Promise.all(['s/1/a', 's/1/g/64k/b', 's/10/c', 's/2/d', 't'].map((key) => put(key, key)));
        expect(await keys('s/1/')).toEqual(['s/1/a', 's/1/g/64k/b']);
        expect(await keys('')).toEqual(['s/1/a', 's/1/g/64k/b', 's/10/c', 's/2/d', 't']);
        expect(await keys('nothing/here/')).toEqual([]);
      });

      it('tells sizes', async () => {
        await put('s/a', '12345');
        for await (const media of storage.list('s/')) expect(media).toEqual({ key: 's/a', bytes: 5 });
      });

      it('may be left early and survives removals while it runs', async () => {
        for (let i = 0; i < 30; i++) await put(`s/${i}/x`, 'x');
        let seen = 0;
        for await (const { key } of storage.list('s/')) {
          if (++seen === 3) await storage.remove('s/');
          expect(key).toMatch(/^s\//);
        }
        for await (const _ of storage.list('')) break;
      });
    });

    describe('removing', () => {
      it('takes one object and leaves its neighbours', async () => {
        await Promise.all([put('s/a', 'a'), put('s/ab', 'ab')]);
        await storage.remove('s/a');
        expect(await keys('')).toEqual(['s/ab']);
      });

      it('takes everything below a prefix and nothing that merely begins alike', async () => {
        await Promise.all(['s/1/a', 's/1/g/b', 's/10/c', 's/2'].map((key) => put(key, 'x')));
        await storage.remove('s/1/');
        await storage.remove('s/2/');
        expect(await keys('')).toEqual(['s/10/c', 's/2']);
      });

      it('can be repeated, and what never was may be removed', async () => {
        await put('s/1/a', 'x');
        for (let i = 0; i < 2; i++) {
          await storage.remove('s/1/a');
          await storage.remove('s/1/');
          await storage.remove('never/was');
          await storage.remove('never/was/');
        }
        expect(await keys('')).toEqual([]);
      });

      it('takes no folder when asked for an object', async () => {
        await put('s/1/a', 'x');
        await storage.remove('s/1');
        expect(await keys('')).toEqual(['s/1/a']);
      });

      it('does not disturb who puts beside it at the same time', async () => {
        await Promise.all(
          Array.from({ length: 12 }, async (_, worker) => {
            for (let round = 0; round < 12; round++) {
              await put(`s/${worker}/g/64k/segment`, `${round}`);
              await storage.remove(round % 2 === 0 ? `s/${worker}/` : `s/${worker}/g/64k/segment`);
            }
            await put(`s/${worker}/g/last`, 'stays');
          }),
        );
        expect(await keys('')).toHaveLength(12);
      });

      it('lets a listener who already listens finish', async () => {
        await put('s/1/a', 'x'.repeat(MEBIBYTE));
        const { body } = await storage.open('s/1/a');
        await storage.remove('s/1/');
        expect((await text(body)).length).toBe(MEBIBYTE);
      });
    });

    describe('many at once', () => {
      it('puts of one key end with one of them, whole', async () => {
        const versions = Array.from({ length: 16 }, (_, i) =>
          String.fromCharCode(97 + i).repeat(200_000 + i),
        );
        await Promise.all(versions.map((version) => put('s/contested', version)));
        expect(versions).toContain(await read('s/contested'));
        expect(await keys('')).toEqual(['s/contested']);
      });

      it('readers of a key that is being replaced see one version, whole', async () => {
        const versions = ['a'.repeat(300_000), 'b'.repeat(300_001)];
        await put('s/hot', versions[0] as string);
        const reading = Array.from({ length: 10 }, async () => {
          for (let i = 0; i < 5; i++) expect(versions).toContain(await read('s/hot'));
        });
        for (let i = 0; i < 10; i++) await put('s/hot', versions[i % 2] as string);
        await Promise.all(reading);
      });

      it('a package of 170 segments is stored within seconds', async () => {
        const segment = Buffer.alloc(105_000, 1);
        await Promise.all(
          Array.from({ length: 170 }, (_, i) => put(`s/g/${i % 4}k/segment-${i}.ts`, segment)),
        );
        expect(await keys('s/g/')).toHaveLength(170);
      }, 10_000);
    });

    describe('hostile keys', () => {
      const HOSTILE = [
        '', '/', '.', '..', './a', '../a', 'a/../b', 'a/..', 'a/.', '/etc/passwd', 'a//b', '//a', 'a\\b', '..\\a',
        'a\0b', 'a\nb', 'a b', '.hidden', 'a/.incoming/b', '%2e%2e/a', 'a%2fb', 'C:/a', 'a:b', '~/a', '-rf', 'é',
        'e\u0301', '日本', '\u202Egpj', '\uFF0E\uFF0E/a', 'a'.repeat(256), 'a/'.repeat(200) + 'a',
      ]; // prettier-ignore

      it.each(HOSTILE)('%j is refused everywhere', async (key) => {
        await expect(put(key, 'x')).rejects.toEqual(refused);
        await expect(storage.putFile(key, join(desk, 'none'), TYPE)).rejects.toEqual(refused);
        await expect(storage.open(key)).rejects.toEqual(refused);
        await expect(storage.stat(key)).rejects.toEqual(refused);
        await expect(storage.download(key, join(desk, 'copy'))).rejects.toEqual(refused);
        await expect(storage.remove(key)).rejects.toEqual(refused);
        await expect(storage.remove(`${key}/`)).rejects.toEqual(refused);
        await expect(keys(`${key}/`)).rejects.toEqual(refused);
      });

      it('a prefix without its final slash is refused', async () => {
        await expect(keys('songs')).rejects.toEqual(refused);
      });

      it('of any kind never lead outside, and their refusal never repeats them', async () => {
        for (const key of HOSTILE.filter((key) => key.length > 3)) {
          const error = await storage.stat(key).catch((reason: Error) => reason);
          expect((error as Error).message).not.toContain(key);
        }
      });

      it('the longest key there is works', async () => {
        const key = `${'a'.repeat(127)}/${'b'.repeat(127)}`;
        await put(key, 'long');
        expect(await read(key)).toBe('long');
      });

      it('an object cannot also be a folder', async () => {
        await put('a/b', 'x');
        const under = put('a/b/c', 'y');
        const over = put('a', 'z');
        await expect(Promise.allSettled([under, over])).resolves.toEqual([
          { status: 'rejected', reason: refused },
          { status: 'rejected', reason: refused },
        ]);
        expect(await keys('')).toEqual(['a/b']);
      });
    });

    it('carries a large object in little memory', async () => {
      const size = 256 * MEBIBYTE;
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
      await storage.put('big', Readable.from(song()), TYPE);
      let bytes = 0;
      for await (const part of (await storage.open('big')).body) {
        bytes += (part as Buffer).length;
        watch();
      }
      expect(bytes).toBe(size);
      expect(peak / MEBIBYTE).toBeLessThan(96);
    });

    it('says it is well when it is', async () => {
      await storage.check();
      expect(await keys('')).toEqual([]);
    });
  });
}
