import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { NotFoundError } from '../../errors/domain-error.js';
import { IMMUTABLE, type ByteRange, type MediaStorage } from '../media-storage.js';

/** Where a check runs: a prefix and a folder that nothing else uses. */
export interface ConformanceContext {
  storage: MediaStorage;
  /** Ends in "/". */
  prefix: string;
  folder: string;
}

/** One guarantee of MediaStorage; `run` rejects with a sentence when the store does not keep it. */
export interface StorageCheck {
  title: string;
  run(context: ConformanceContext): Promise<void>;
}

const TYPE = { contentType: 'audio/mpeg', cacheControl: IMMUTABLE };
const MEBIBYTE = 1024 ** 2;

class TestOperations {
  constructor(readonly context: ConformanceContext) {}

  put(name: string, content: string | Buffer): Promise<void> {
    return this.context.storage.put(this.key(name), Readable.from([Buffer.from(content)]), TYPE);
  }

  async read(name: string, range?: ByteRange): Promise<Buffer> {
    return buffer((await this.context.storage.open(this.key(name), range)).body);
  }

  async keys(below = ''): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of this.context.storage.list(`${this.context.prefix}${below}`)) {
      found.push(key.slice(this.context.prefix.length));
    }
    return found.toSorted((a, b) => (a < b ? -1 : 1));
  }

  key(name: string): string {
    return `${this.context.prefix}${name}`;
  }

  path(name: string): string {
    return join(this.context.folder, name);
  }
}

const check = (title: string, run: (operations: TestOperations) => Promise<void>): StorageCheck => ({
  title,
  run: (context) => run(new TestOperations(context)),
});

/**
 * What every store must guarantee, quickest first. test/storage-contract.ts checks more, against servers it may
 * disturb.
 */
export const STORAGE_CONFORMANCE: readonly StorageCheck[] = [
  check('what is put comes back byte for byte', async (g) => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
    await g.put('bytes', bytes);
    same((await g.read('bytes')).equals(bytes), true, 'the bytes that came back are the same');
  }),
  check('size and age are known without opening', async (g) => {
    await g.put('stat', 'seven..');
    const { bytes, modifiedAt } = await g.context.storage.stat(g.key('stat'));
    same(bytes, 7, 'the size');
    same(Math.abs(Date.now() - modifiedAt.getTime()) < 600_000, true, 'its age is less than ten minutes');
  }),
  check('a range holds exactly those bytes, and nothing beyond the end', async (g) => {
    await g.put('digits', '0123456789');
    const ranges: [number, number, string][] = [
      [0, 0, '0'],
      [2, 5, '2345'],
      [5, 500, '56789'],
      [10, 20, ''],
    ];
    for (const [start, end, expected] of ranges) {
      same((await g.read('digits', { start, end })).toString(), expected, `bytes ${start} to ${end}`);
    }
  }),
  check('a later put replaces an earlier one entirely', async (g) => {
    await g.put('again', 'a long first version');
    await g.put('again', 'short');
    same((await g.read('again')).toString(), 'short', 'the second version');
  }),
  check('what does not exist is NOT_FOUND', async (g) => {
    await isMissing(g, 'nothing');
    await isMissing(g, 'no/folder/here');
  }),
  check('a file of this machine is stored, and copied back', async (g) => {
    await Promise.all(['file', 'copy'].map((name) => rm(g.path(name), { force: true })));
    await writeFile(g.path('file'), 'from a file');
    await g.context.storage.putFile(g.key('file'), g.path('file'), TYPE);
    await g.context.storage.download(g.key('file'), g.path('copy'));
    same(await readFile(g.path('copy'), 'utf8'), 'from a file', 'the copy');
  }),
  check('an interrupted put leaves nothing visible', async (g) => {
    const body = new PassThrough();
    body.write(Buffer.alloc(MEBIBYTE));
    setTimeout(() => body.destroy(new Error('cut')), 50);
    const outcome = await g.context.storage
      .put(g.key('cut'), body, TYPE)
      .catch((error: Error) => error.message);
    same(outcome, 'cut', 'the put fails with the error of its source');
    await isMissing(g, 'cut');
    same((await g.keys()).includes('cut'), false, 'it is listed');
  }),
  check('a listing names everything below a folder and nothing beside it', async (g) => {
    await Promise.all(['l/1/a', 'l/1/g/b', 'l/10/c', 'l/2'].map((name) => g.put(name, name)));
    same((await g.keys('l/1/')).join(), 'l/1/a,l/1/g/b', 'what is listed');
  }),
  check('one object is removed and its neighbours stay', async (g) => {
    await Promise.all(['r/a', 'r/ab'].map((name) => g.put(name, name)));
    await g.context.storage.remove(g.key('r/a'));
    await isMissing(g, 'r/a');
    same((await g.keys('r/')).join(), 'r/ab', 'what is left');
  }),
  check('a folder is removed, and what was never there may be', async (g) => {
    await Promise.all(['f/1/a', 'f/1/g/b', 'f/10/c'].map((name) => g.put(name, name)));
    for (let i = 0; i < 2; i++) await g.context.storage.remove(g.key('f/1/'));
    await g.context.storage.remove(g.key('never'));
    same((await g.keys('f/')).join(), 'f/10/c', 'what is left');
  }),
  check('a package of 40 segments is stored, many at once', async (g) => {
    const segment = Buffer.alloc(105_000, 1);
    await Promise.all(Array.from({ length: 40 }, (_, i) => g.put(`p/${i}.ts`, segment)));
    same((await g.keys('p/')).length, 40, 'the number of segments listed');
  }),
  check('a file of 24 MB whose length is not known before is stored', async (g) => {
    const part = Buffer.alloc(MEBIBYTE, 7);
    await g.context.storage.put(g.key('large'), Readable.from(Array<Buffer>(24).fill(part)), TYPE);
    same((await g.context.storage.stat(g.key('large'))).bytes, 24 * MEBIBYTE, 'its size');
  }),
];

/** What a store must also guarantee when clients upload to it directly. */
export const DIRECT_UPLOAD_CONFORMANCE: readonly StorageCheck[] = [
  check('a client puts a file itself, of exactly the size it was signed for', async (g) => {
    const { direct } = g.context.storage;
    if (!direct) throw new Error('The store signs no puts.');
    const signed = await direct.sign(g.key('direct'), {
      ...TYPE,
      bytes: 5,
      seconds: 300,
    });
    const { method, url, headers } = signed;
    const put = async (body: string) => (await fetch(url, { method, headers, body })).status;
    same((await put('much more')) < 400, false, 'a larger file is taken');
    same((await put('songs')) < 300, true, 'the file is taken');
    await direct.copy(g.key('direct'), g.key('direct-copy'), TYPE);
    same((await g.read('direct-copy')).toString(), 'songs', 'its copy inside the store');
  }),
];

function same<T>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

async function isMissing(g: TestOperations, name: string): Promise<void> {
  const { storage } = g.context;
  const questions = [
    () => storage.stat(g.key(name)),
    () => storage.open(g.key(name)).then(({ body }) => body.destroy()),
  ];
  for (const ask of questions) {
    const outcome = await ask().then(
      () => 'it is there',
      (error: unknown) => (error instanceof NotFoundError ? 'NOT_FOUND' : String(error)),
    );
    same(outcome, 'NOT_FOUND', `asked for "${name}"`);
  }
}
