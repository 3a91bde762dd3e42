import { STORAGE_CONFORMANCE } from '../src/platform/storage/conformance/storage-conformance.js';
import { itKeepsBytes } from './storage-contract-bytes.js';
import { StorageTestContext, type StorageUnderTest } from './storage-contract-context.js';
import { itKeepsNames } from './storage-contract-names.js';

/** What every MediaStorage promises, whatever it is built on. */
export function itKeepsTheStorageContract(name: string, create: () => Promise<StorageUnderTest>): void {
  describe(name, () => {
    const context = new StorageTestContext();

    beforeEach(() => context.open(create));
    afterEach(() => context.close());

    itKeepsBytes(context);
    itKeepsNames(context);

    it.each(STORAGE_CONFORMANCE)('keeps what check:storage asks of it: $title', async ({ run }) => {
      await run({ storage: context.storage, prefix: 'check/', folder: context.folder });
    });

    it('says it is well when it is', async () => {
      await context.storage.check();
      expect(await context.keys('')).toEqual([]);
    });
  });
}
