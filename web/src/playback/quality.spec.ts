import { describe, expect, it } from '@jest/globals';
import { offered } from './quality.js';

const names = (qualities?: { name: string }[]) => offered(qualities).map(({ name }) => name);

describe('the choice of qualities', () => {
  it('is what the song has, and Auto', () => {
    expect(names([{ name: '64k' }, { name: '128k' }])).toEqual(['auto', '64k', '128k']);
  });

  it('is everything while no song says otherwise: it holds for the next one, too', () => {
    expect(names()).toHaveLength(5);
    expect(names([])).toHaveLength(5);
  });
});
