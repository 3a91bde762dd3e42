import { describe, expect, it } from '@jest/globals';
import { StoreImpressions } from './store-impressions.js';

function seen(...looks: [owner: string, isWhole: boolean][]): StoreImpressions {
  const impressions = new StoreImpressions();
  for (const [owner, isWhole] of looks) impressions.add('s3', owner, isWhole);
  return impressions;
}

describe('the impression a store makes', () => {
  it('is empty when three owners miss all they have in it', () => {
    expect(seen(['a', false], ['b', false], ['c', false]).empty()).toBe('s3');
  });

  it('is not empty when two do: a small library may have lost two songs', () => {
    expect(seen(['a', false], ['a', false], ['a', false], ['b', false]).empty()).toBeNull();
  });

  it('is not empty when one thing is there', () => {
    expect(seen(['a', false], ['b', false], ['c', false], ['d', true]).empty()).toBeNull();
  });

  it('says nothing of a store that nobody has looked into', () => {
    expect(seen().empty()).toBeNull();
    expect(seen().hasAny()).toBe(false);
  });
});
