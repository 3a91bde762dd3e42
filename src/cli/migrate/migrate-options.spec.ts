import { migrateOptions, refusalOf } from './migrate-options.js';

describe('migration options', () => {
  it.each([
    [[], /--from must be one of local, s3, cloudinary/],
    [['--from', 'local'], /--to must be one of/],
    [['--from', 's3', '--to', 's3'], /two different stores/],
    [['--from', 'local', '--to', 's3', '--concurrency', '0'], /--concurrency/],
    [['--from', 'local', '--to', 's3', '--max-mbit', 'fast'], /--max-mbit/],
    [['--from', 'local', '--to', 's3', '--dry-run', '--remove-moved'], /do not go together/],
  ])('are refused with a message: %j', (args, sentence) => {
    expect(() => migrateOptions(args)).toThrow(sentence);
  });

  it('are refused unless the service writes to the new store and reads from both', () => {
    const route = { from: 'local', to: 's3' } as const;
    expect(refusalOf(route, { STORAGE: 's3', STORAGE_FALLBACK: 'local' })).toBeUndefined();
    for (const settings of [
      { STORAGE: 's3' },
      { STORAGE: 'local', STORAGE_FALLBACK: 's3' },
      { STORAGE: 's3', STORAGE_FALLBACK: 'cloudinary' },
    ] as const)
      expect(refusalOf(route, settings)).toMatch(/^Set STORAGE=s3 and STORAGE_FALLBACK=local .+\.$/);
  });
});
