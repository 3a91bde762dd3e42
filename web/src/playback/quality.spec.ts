import { describe, expect, it } from '@jest/globals';
import { offered } from './quality.js';

const names = (qualities?: { name: string }[]) => offered(qualities).map(({ name }) => name);

describe('the choice of qualities', () => {
  it('contains the qualities of the song, and Auto', () => {
    expect(names([{ name: '64k' }, { name: '128k' }])).toEqual(['auto', '64k', '128k']);
  });

  it('contains all qualities while no song is loaded', () => {
    expect(names()).toHaveLength(5);
    expect(names([])).toHaveLength(5);
  });
});
