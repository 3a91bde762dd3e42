import { describe, expect, it } from '@jest/globals';
import { untilUnchanged } from './until-unchanged.js';

describe('untilUnchanged', () => {
  it('resolves with the first write that found its record as it was read', async () => {
    let reads = 0;
    await expect(untilUnchanged(async () => (++reads < 3 ? null : 'written'))).resolves.toBe('written');
    expect(reads).toBe(3);
  });

  it('gives up with null after its attempts', async () => {
    let reads = 0;
    await expect(untilUnchanged(async () => (reads++, null), 4)).resolves.toBeNull();
    expect(reads).toBe(4);
  });

  it('rejects with an error at once', async () => {
    const fails = async (): Promise<null> => {
      throw new Error('no answer');
    };
    await expect(untilUnchanged(fails)).rejects.toThrow('no answer');
  });
});
