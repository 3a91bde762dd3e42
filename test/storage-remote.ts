import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckedCopy } from '../src/platform/storage/checked-copy.js';
import { LocalStorage } from '../src/platform/storage/local/local-storage.js';
import type { MediaStorage } from '../src/platform/storage/media-storage.js';
import { DEFAULT_RETRY_POLICY, type StoreRetryPolicy } from '../src/platform/storage/remote/retry-policy.js';
import { MEBIBYTE, TYPE } from './storage-contract-context.js';
import { FaultyConnection, type Fault } from './support/faulty-connection.js';
import { tempDir } from './support/temp-dir.js';
import './support/one-realm.js';

/** A retry policy for tests, with short pauses. */
const QUICK: StoreRetryPolicy = { ...DEFAULT_RETRY_POLICY, attempts: 8, firstPauseMs: 20, connectMs: 1_000 };

type RemoteStorage = MediaStorage & { onModuleInit(): Promise<void>; onModuleDestroy(): void };

export interface RemoteStore {
  /** The URL of the store. */
  url(): string;
  storage(through: string, retryPolicy: StoreRetryPolicy): Promise<RemoteStorage>;
  /** Parts of unfinished uploads. */
  leftovers(): Promise<string[]>;
  /** HTTP statuses with which the store says that it is too busy. */
  busy: number[];
  /** Idle timeout of a connection, milliseconds: as short as the test server of this store allows. */
  idleMs: number;
  /** Objects per page of a listing or of a removal, whichever is more. */
  page: number;
}

/** Defines the tests that every remote storage must pass on an unreliable connection or store. */
export function testUnreliableStore(name: string, store: RemoteStore): void {
  describe(`${name} on an unreliable connection`, () => {
    let connection: FaultyConnection;
    let storage: RemoteStorage;
    let folder: string;
    const put = (key: string, content: Buffer | string) =>
      storage.put(key, Readable.from([Buffer.from(content)]), TYPE);
    const read = async (key: string) => buffer((await storage.open(key)).body);

    beforeEach(async () => {
      connection = await FaultyConnection.to(store.url());
      storage = await store.storage(connection.url, { ...QUICK, idleMs: store.idleMs });
      folder = tempDir('storage-remote');
    });
    afterEach(async () => {
      storage.onModuleDestroy();
      await connection.close();
      expect(await store.leftovers()).toEqual([]);
    });

    it.each<[Fault]>([...store.busy, 500, 503, 'reset', 'lose', 'hang'].map((fault) => [fault as Fault]))(
      'retries and stores a song when the store first answers %s',
      async (fault) => {
        const [small, large] = [Buffer.alloc(200_000, 1), Buffer.alloc(3 * MEBIBYTE, 2)];
        await Promise.all([writeFile(join(folder, 'small'), small), writeFile(join(folder, 'large'), large)]);
        connection.inject([fault]);
        await put('stream', small);
        expect(connection.pendingFaults).toBe(0);
        connection.inject([fault]);
        await storage.putFile('small', join(folder, 'small'), TYPE);
        connection.inject([fault]);
        await storage.putFile('large', join(folder, 'large'), TYPE);
        connection.inject([fault]);
        expect((await read('large')).equals(large)).toBe(true);
        connection.inject([fault]);
        expect((await storage.stat('stream')).bytes).toBe(small.length);
        connection.inject([fault]);
        await storage.remove('small');
        await expect(storage.stat('small')).rejects.toEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
      },
    );

    it('stores a long stream although its parts meet every kind of fault', async () => {
      const song = Buffer.alloc(20 * MEBIBYTE, 7);
      connection.inject([503, 'reset', 'lose', 500, 'hang', 502]);
      await storage.put('long', Readable.from([song.subarray(0, 5_000_000), song.subarray(5_000_000)]), TYPE);
      expect((await read('long')).equals(song)).toBe(true);
    });

    it('leaves nothing of a long stream that could not be stored, and says what to do', async () => {
      connection.inject(Array<Fault>(60).fill(503), /PUT .*partNumber=[2-9]|POST .*upload$/);
      const song = Readable.from([Buffer.alloc(20 * MEBIBYTE)]);
      await expect(storage.put('never', song, TYPE)).rejects.toEqual(
        expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringMatching(/^[A-Z][^/]+\.$/) }),
      );
      expect(song.destroyed).toBe(true);
      await expect(storage.stat('never')).rejects.toEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
    });

    it('fails with UNAVAILABLE after the configured number of tries', async () => {
      connection.inject(Array<Fault>(50).fill('reset'));
      await expect(storage.stat('a')).rejects.toEqual(expect.objectContaining({ code: 'UNAVAILABLE' }));
      expect(connection.requests).toHaveLength(QUICK.attempts);
    });

    it('makes at most eight transfers at once', async () => {
      connection.delayMs = 150;
      await Promise.all(Array.from({ length: 40 }, (_, i) => put(`many/${i}`, `${i}`)));
      expect(connection.peak).toBe(8);
    });

    /** A fault in the middle of a song: reading fails with UNAVAILABLE, a download retries and gets all of it. */
    const interrupted = async (fault: Fault): Promise<Buffer> => {
      const song = randomBytes(MEBIBYTE);
      await put('song', song);
      connection.inject([fault]);
      const { body } = await storage.open('song');
      await expect(buffer(body)).rejects.toEqual(expect.objectContaining({ code: 'UNAVAILABLE' }));
      connection.inject([fault, fault]);
      await storage.download('song', join(folder, 'copy'));
      expect(connection.pendingFaults).toBe(0);
      expect((await readFile(join(folder, 'copy'))).equals(song)).toBe(true);
      return song;
    };

    it('detects a transfer that stalls in the middle, and retries it when downloading', async () => {
      await interrupted('stall');
    });

    it('detects a connection that breaks in the middle, and retries when copying or downloading', async () => {
      const song = await interrupted('cut');
      connection.inject(['cut', 'cut']);
      const here = new LocalStorage(join(folder, 'media'));
      const known = { sha256: null, contentType: null };
      const copied = await new CheckedCopy(storage, here).bring({ key: 'song', bytes: song.length }, known);
      expect(copied.sha256).toBe(createHash('sha256').update(song).digest('hex'));
      expect(connection.pendingFaults).toBe(0);
    });

    it('does not time out while the reader pauses', async () => {
      await put('song', Buffer.alloc(8 * MEBIBYTE, 5));
      const { body } = await storage.open('song');
      await sleep(2.5 * store.idleMs);
      expect((await buffer(body)).length).toBe(8 * MEBIBYTE);
    });

    it('lists and removes more than a page of objects below a prefix, each once', async () => {
      // The usual policy: a store may take longer for a hundred objects than the test's policy allows.
      storage.onModuleDestroy();
      storage = await store.storage(connection.url, DEFAULT_RETRY_POLICY);
      const keys = Array.from({ length: store.page + 50 }, (_, i) => `s/1/${i}`);
      await Promise.all([...keys, 's/10/x'].map((key) => put(key, 'x')));
      const listed: string[] = [];
      for await (const { key } of storage.list('s/1/')) listed.push(key);
      expect(listed.toSorted()).toEqual(keys.toSorted());
      await storage.remove('s/1/');
      listed.length = 0;
      for await (const { key } of storage.list('s/')) listed.push(key);
      expect(listed).toEqual(['s/10/x']);
    }, 300_000);

    it('sends at most two requests for 50 health checks', async () => {
      for (let i = 0; i < 50; i++) await storage.check();
      expect(connection.requests.length).toBeLessThanOrEqual(2);
    });

    it('starts while the store does not answer, reports it, and works once the store answers', async () => {
      connection.inject(Array<Fault>(2).fill('reset'));
      await storage.onModuleInit();
      await expect(storage.check()).rejects.toEqual(
        expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringMatching(/does not answer/) }),
      );
      connection.inject([]);
      await storage.check();
      await put('a', 'x');
      expect(await text((await storage.open('a')).body)).toBe('x');
    });
  });
}
