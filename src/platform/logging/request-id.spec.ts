import { describe, expect, it } from '@jest/globals';
import { requestIdOf } from './request-id.js';

describe('requestIdOf', () => {
  it.each(['4bf92f3577b34da6a3ce929d0e0e4736', '018f3b1c-7b0e-7cc1-a1b2-0123456789ab', 'edge.7_00000001'])(
    'keeps the caller’s id %s',
    (given) => {
      expect(requestIdOf(given)).toBe(given);
    },
  );

  it.each([
    undefined,
    '',
    'short',
    'x'.repeat(65),
    'two words here',
    'line\nbreak-in-it',
    '"},{"level":60',
    ['a'.repeat(9), 'b'],
  ])('makes a new id instead of %j', (given) => {
    expect(requestIdOf(given)).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf(given)).not.toBe(requestIdOf(given));
  });
});
