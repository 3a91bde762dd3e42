import { describe, expect, it } from '@jest/globals';
import { isWellFormed } from './well-formed.js';

describe('isWellFormed', () => {
  it.each([
    ['plain text', 'Night Train'],
    ['a pair of surrogates', '\u{1f3b5}'],
    ['numbers and null', { a: [1, null, true] }],
    ['an empty key', { '': '' }],
  ])('accepts %s', (_what, value) => expect(isWellFormed(value)).toBe(true));

  it.each([
    ['a string', '\ud800'],
    ['the end of a string', 'a\udbff'],
    ['a pair in the wrong order', '\udc00\ud800'],
    ['a list in an object', { a: [{ b: ['x', 'y\udfff'] }] }],
    ['a key', { 'a\ud800': 1 }],
    ['a key named like a prototype', JSON.parse('{"__proto__":{"a":"\\ud800"}}')],
  ])('refuses half a surrogate pair in %s', (_what, value) => expect(isWellFormed(value)).toBe(false));

  it('accepts JSON nested as deeply as the largest body allows', () => {
    let value: unknown = 'a';
    for (let depth = 0; depth < 200_000; depth += 1) value = [value];
    expect(isWellFormed(value)).toBe(true);
  });
});
