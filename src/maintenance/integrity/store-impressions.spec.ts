import { describe, expect, it } from '@jest/globals';
import { StoreImpressions } from './store-impressions.js';

function seen(...looks: [owner: string, isWhole: boolean][]): StoreImpressions {
  const impressions = new StoreImpressions();
  for (const [owner, isWhole] of looks) impressions.add('s3', owner, isWhole);
  return impressions;
}

describe('StoreImpressions', () => {
  it('considers a store empty if three owners miss all their media in it', () => {
    expect(seen(['a', false], ['b', false], ['c', false]).empty()).toBe('s3');
  });

  it('does not consider it empty if two do, because a small library may have lost two songs', () => {
    expect(seen(['a', false], ['a', false], ['a', false], ['b', false]).empty()).toBeNull();
  });

  it('does not consider it empty if any media was found', () => {
    expect(seen(['a', false], ['b', false], ['c', false], ['d', true]).empty()).toBeNull();
  });

  it('has no result for a store that was not checked', () => {
    expect(seen().empty()).toBeNull();
    expect(seen().hasAny()).toBe(false);
  });
});
