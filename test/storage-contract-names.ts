import { text } from 'node:stream/consumers';
import { MEBIBYTE, TYPE, type StorageTestContext } from './storage-contract-context.js';

const refused = expect.objectContaining({ code: 'BAD_INPUT' });

/** Names: which are keys, which are listed, which are gone, and whose turn it is when many ask at once. */
export function itKeepsNames(context: StorageTestContext): void {
  describe('a listing', () => {
    it('names everything below a folder and nothing beside it', async () => {
      await Promise.all(['s/1/a', 's/1/g/64k/b', 's/10/c', 's/2/d', 't'].map((key) => context.put(key, key)));
      expect(await context.keys('s/1/')).toEqual(['s/1/a', 's/1/g/64k/b']);
      expect(await context.keys('')).toEqual(['s/1/a', 's/1/g/64k/b', 's/10/c', 's/2/d', 't']);
      expect(await context.keys('nothing/here/')).toEqual([]);
    });

    it('tells sizes', async () => {
      await context.put('s/a', '12345');
      for await (const media of context.storage.list('s/')) expect(media).toEqual({ key: 's/a', bytes: 5 });
    });

    it('may be left early and survives removals while it runs', async () => {
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
    it('takes one object and leaves its neighbours', async () => {
      await Promise.all([context.put('s/a', 'a'), context.put('s/ab', 'ab')]);
      await context.storage.remove('s/a');
      expect(await context.keys('')).toEqual(['s/ab']);
    });

    it('takes everything below a prefix and nothing that merely begins alike', async () => {
      await Promise.all(['s/1/a', 's/1/g/b', 's/10/c', 's/2'].map((key) => context.put(key, 'x')));
      await context.storage.remove('s/1/');
      await context.storage.remove('s/2/');
      expect(await context.keys('')).toEqual(['s/10/c', 's/2']);
    });

    it('can be repeated, and what never was may be removed', async () => {
      await context.put('s/1/a', 'x');
      for (let i = 0; i < 2; i++) {
        await context.storage.remove('s/1/a');
        await context.storage.remove('s/1/');
        await context.storage.remove('never/was');
        await context.storage.remove('never/was/');
      }
      expect(await context.keys('')).toEqual([]);
    });

    it('takes no folder when asked for an object', async () => {
      await context.put('s/1/a', 'x');
      await context.storage.remove('s/1');
      expect(await context.keys('')).toEqual(['s/1/a']);
    });

    it('does not disturb who puts beside it at the same time', async () => {
      // Folders that are made and pruned are what can go wrong here; where there are none, rounds only take time.
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

    it('lets a listener who already listens finish', async () => {
      await context.put('s/1/a', 'x'.repeat(MEBIBYTE));
      const { body } = await context.storage.open('s/1/a');
      await context.storage.remove('s/1/');
      expect((await text(body)).length).toBe(MEBIBYTE);
    });
  });

  describe('many at once', () => {
    it('puts of one key end with one of them, whole', async () => {
      const versions = Array.from({ length: 16 }, (_, i) => String.fromCharCode(97 + i).repeat(200_000 + i));
      await Promise.all(versions.map((version) => context.put('s/contested', version)));
      expect(versions).toContain(await context.read('s/contested'));
      expect(await context.keys('')).toEqual(['s/contested']);
    });

    it('readers of a key that is being replaced see one version, whole', async () => {
      const versions = ['a'.repeat(300_000), 'b'.repeat(300_001)];
      await context.put('s/hot', versions[0] as string);
      const reading = Array.from({ length: 10 }, async () => {
        for (let i = 0; i < 5; i++) expect(versions).toContain(await context.read('s/hot'));
      });
      for (let i = 0; i < 10; i++) await context.put('s/hot', versions[i % 2] as string);
      await Promise.all(reading);
    });

    it('a package of 170 segments is stored within seconds', async () => {
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

    it.each(HOSTILE)('%.40j is refused everywhere', async (key) => {
      await expect(context.put(key, 'x')).rejects.toEqual(refused);
      await expect(context.storage.putFile(key, context.path('none'), TYPE)).rejects.toEqual(refused);
      await expect(context.storage.open(key)).rejects.toEqual(refused);
      await expect(context.storage.stat(key)).rejects.toEqual(refused);
      await expect(context.storage.download(key, context.path('copy'))).rejects.toEqual(refused);
      await expect(context.storage.remove(key)).rejects.toEqual(refused);
      await expect(context.storage.remove(`${key}/`)).rejects.toEqual(refused);
      await expect(context.keys(`${key}/`)).rejects.toEqual(refused);
    });

    it('a prefix without its final slash is refused', async () => {
      await expect(context.keys('songs')).rejects.toEqual(refused);
    });

    it('of any kind never lead outside, and their refusal never repeats them', async () => {
      for (const key of HOSTILE.filter((key) => key.length > 3)) {
        const error = await context.storage.stat(key).catch((reason: Error) => reason);
        expect((error as Error).message).not.toContain(key);
      }
    });

    it('the longest key there is works', async () => {
      const key = `${'a'.repeat(127)}/${'b'.repeat(127)}`;
      await context.put(key, 'long');
      expect(await context.read(key)).toBe('long');
    });

    it('an object that is also asked to be a folder is refused or kept beside it, and loses nothing', async () => {
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
