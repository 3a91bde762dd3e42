import { STORAGE_CONFORMANCE } from '../src/platform/storage/conformance/storage-conformance.js';
import { testObjectContents } from './storage-contract-bytes.js';
import { StorageTestContext, type StorageUnderTest } from './storage-contract-context.js';
import { testObjectKeys } from './storage-contract-names.js';

/** Defines the tests that every implementation of MediaStorage must pass. */
export function testStorageContract(name: string, create: () => Promise<StorageUnderTest>): void {
  describe(name, () => {
    const context = new StorageTestContext();

    beforeEach(() => context.open(create));
    afterEach(() => context.close());

    testObjectContents(context);
    testObjectKeys(context);

    it.each(STORAGE_CONFORMANCE)('passes the check of check:storage: $title', async ({ run }) => {
      await run({ storage: context.storage, prefix: 'check/', folder: context.folder });
    });

    it('passes its health check and leaves no object behind', async () => {
      await context.storage.check();
      expect(await context.keys('')).toEqual([]);
    });
  });
}
