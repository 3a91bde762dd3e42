import { text } from 'node:stream/consumers';
import { MEBIBYTE, TYPE, type StorageTestContext } from './storage-contract-context.js';

const refused = expect.objectContaining({ code: 'BAD_INPUT' });

/** Defines tests for keys: listing, removing, concurrency, invalid keys. */
export function testObjectKeys(context: StorageTestContext): void {
  describe('a listing', () => {
    it('contains everything below a prefix and nothing beside it', async () => {
      await Promise.all(['s/1/a', 's/1/g/64k/b', 's/10/c', 's/2/d', 't'].map((key) => context.put(key, key)));
      expect(await context.keys('s/1/')).toEqual(['s/1/a', 's/1/g/64k/b']);
      expect(await context.keys('')).toEqual(['s/1/a', 's/1/g/64k/b', 's/10/c', 's/2/d', 't']);
      expect(await context.keys('nothing/here/')).toEqual([]);
    });

    it('states sizes', async () => {
      await context.put('s/a', '12345');
      for await (const media of context.storage.list('s/')) expect(media).toEqual({ key: 's/a', bytes: 5 });
    });

    it('may be abandoned, and continues when objects are removed meanwhile', async () => {
      for (let i = 0; i < 30; i++) await context.put(`s/${i}/x`, 'x');
      let seen = 0;
      for await (const { key } of context.storage.list('s/')) {
        if (++seen === 3) await context.storage.remove('s/');
        expect(key).toMatch(/^s\//);
      }
      for await (const _ of context.storage.list('')) break;
    });
  });

  describe('removing', () => {
    it('a key removes one object and leaves its neighbours', async () => {
      await Promise.all([context.put('s/a', 'a'), context.put('s/ab', 'ab')]);
      await context.storage.remove('s/a');
      expect(await context.keys('')).toEqual(['s/ab']);
    });

    it('a prefix removes everything below it and no key that merely begins alike', async () => {
      await Promise.all(['s/1/a', 's/1/g/b', 's/10/c', 's/2'].map((key) => context.put(key, 'x')));
      await context.storage.remove('s/1/');
      await context.storage.remove('s/2/');
      expect(await context.keys('')).toEqual(['s/10/c', 's/2']);
    });

    it('can be repeated, and succeeds for keys that never existed', async () => {
      await context.put('s/1/a', 'x');
      for (let i = 0; i < 2; i++) {
        await context.storage.remove('s/1/a');
        await context.storage.remove('s/1/');
        await context.storage.remove('never/was');
        await context.storage.remove('never/was/');
      }
      expect(await context.keys('')).toEqual([]);
    });

    it('a key without a final slash removes no objects below it', async () => {
      await context.put('s/1/a', 'x');
      await context.storage.remove('s/1');
      expect(await context.keys('')).toEqual(['s/1/a']);
    });

    it('does not disturb concurrent puts beside it', async () => {
      // Only a store that creates and prunes folders can fail here; for other stores more rounds only take time.
      const rounds = context.storage.name === 'local' ? 12 : 4;
      await Promise.all(
        Array.from({ length: 12 }, async (_, worker) => {
          for (let round = 0; round < rounds; round++) {
            await context.put(`s/${worker}/g/64k/segment`, `${round}`);
            await context.storage.remove(round % 2 === 0 ? `s/${worker}/` : `s/${worker}/g/64k/segment`);
          }
          await context.put(`s/${worker}/g/last`, 'stays');
        }),
      );
      expect(await context.keys('')).toHaveLength(12);
    });

    it('does not interrupt an object that is being read', async () => {
      await context.put('s/1/a', 'x'.repeat(MEBIBYTE));
      const { body } = await context.storage.open('s/1/a');
      await context.storage.remove('s/1/');
      expect((await text(body)).length).toBe(MEBIBYTE);
    });
  });

  describe('concurrently', () => {
    it('16 puts of one key leave exactly one of the versions, complete', async () => {
      const versions = Array.from({ length: 16 }, (_, i) => String.fromCharCode(97 + i).repeat(200_000 + i));
      await Promise.all(versions.map((version) => context.put('s/contested', version)));
      expect(versions).toContain(await context.read('s/contested'));
      expect(await context.keys('')).toEqual(['s/contested']);
    });

    it('readers of a key that is being replaced get one complete version', async () => {
      const versions = ['a'.repeat(300_000), 'b'.repeat(300_001)];
      await context.put('s/hot', versions[0] as string);
      const reading = Array.from({ length: 10 }, async () => {
        for (let i = 0; i < 5; i++) expect(versions).toContain(await context.read('s/hot'));
      });
      for (let i = 0; i < 10; i++) await context.put('s/hot', versions[i % 2] as string);
      await Promise.all(reading);
    });

    it('170 segments of a package are stored within 30 s', async () => {
      const segment = Buffer.alloc(105_000, 1);
      await Promise.all(
        Array.from({ length: 170 }, (_, i) => context.put(`s/g/${i % 4}k/segment-${i}.ts`, segment)),
      );
      expect(await context.keys('s/g/')).toHaveLength(170);
    }, 30_000);
  });

  describe('hostile keys', () => {
    const HOSTILE = [
      '',
      '/',
      '.',
      '..',
      './a',
      '../a',
      'a/../b',
      'a/..',
      'a/.',
      '/etc/passwd',
      'a//b',
      '//a',
      'a\\b',
      '..\\a',

      'a\0b',
      'a\nb',
      'a b',
      '.hidden',
      'a/.incoming/b',
      '%2e%2e/a',
      'a%2fb',
      'C:/a',
      'a:b',
      '~/a',
      '-rf',
      'é',

      'e\u0301',
      '日本',
      '\u202Egpj',
      '\uFF0E\uFF0E/a',
      'a'.repeat(256),
      `${'a/'.repeat(200)}a`,
    ];

    it.each(HOSTILE)('%.40j is refused by every method', async (key) => {
      await expect(context.put(key, 'x')).rejects.toEqual(refused);
      await expect(context.storage.putFile(key, context.path('none'), TYPE)).rejects.toEqual(refused);
      await expect(context.storage.open(key)).rejects.toEqual(refused);
      await expect(context.storage.stat(key)).rejects.toEqual(refused);
      await expect(context.storage.download(key, context.path('copy'))).rejects.toEqual(refused);
      await expect(context.storage.remove(key)).rejects.toEqual(refused);
      await expect(context.storage.remove(`${key}/`)).rejects.toEqual(refused);
      await expect(context.keys(`${key}/`)).rejects.toEqual(refused);
    });

    it('a prefix without its final slash is refused by list', async () => {
      await expect(context.keys('songs')).rejects.toEqual(refused);
    });

    it('are not repeated in the message of their refusal', async () => {
      for (const key of HOSTILE.filter((key) => key.length > 3)) {
        const error = await context.storage.stat(key).catch((reason: Error) => reason);
        expect((error as Error).message).not.toContain(key);
      }
    });

    it('end where valid ones begin: a key of the maximum length works', async () => {
      const key = `${'a'.repeat(127)}/${'b'.repeat(127)}`;
      await context.put(key, 'long');
      expect(await context.read(key)).toBe('long');
    });

    it('include an object as folder of another: it is refused, or both are kept', async () => {
      await context.put('a/b', 'x');
      for (const [key, content] of [
        ['a/b/c', 'y'],
        ['a', 'z'],
      ] as const) {
        const outcome = await context.put(key, content).then(
          () => 'kept',
          (error: unknown) => error,
        );
        if (outcome === 'kept') expect(await context.read(key)).toBe(content);
        else expect([outcome, await context.keys('')]).toEqual([refused, ['a/b']]);
        expect(await context.read('a/b')).toBe('x');
      }
    });
  });
}
