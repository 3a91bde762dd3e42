import { ifRangeHolds, preconditionFails, rangeOf } from './media-range.js';

describe('rangeOf', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-', { start: 0, end: 99 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=90-500', { start: 90, end: 99 }],
    ['bytes=99-', { start: 99, end: 99 }],
    ['bytes=-1', { start: 99, end: 99 }],
    ['bytes=-100', { start: 0, end: 99 }],
    ['bytes=-5000', { start: 0, end: 99 }],
    ['Bytes= 1-2 ', { start: 1, end: 2 }],
    [`bytes=1-${'9'.repeat(400)}`, { start: 1, end: 99 }],
  ])('returns the requested part of 100 bytes for %.30s', (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    'returns unsatisfiable for %.30s of 100 bytes',
    (header) => expect(rangeOf(header, 100)).toBe('unsatisfiable'),
  );

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=1-2-3',
    'bytes=+1-2',
    'bytes=1.5-2',
    'items=0-1',
    'bytes=0-1,5-6',
    'bytes=0-,0-,0-',
    'bytes=0x0-0x5',
    'x bytes=0-1',
    'bytes=0-1\nbytes=2-3',
  ])('returns whole for %j', (header) => {
    expect(rangeOf(header, 100)).toBe('whole');
  });

  it('handles an empty object', () => {
    expect(rangeOf('bytes=0-', 0)).toBe('unsatisfiable');
    expect(rangeOf('bytes=-5', 0)).toBe('whole');
  });
});

const VERSION = { ETag: '"v1"', 'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT' };

describe('ifRangeHolds', () => {
  it.each([undefined, '"v1"', 'Sun, 06 Nov 1994 08:49:37 GMT'])(
    'is true for %s, so a download continues',
    (header) => {
      expect(ifRangeHolds(header, VERSION)).toBe(true);
    },
  );
  it.each(['"v2"', 'W/"v1"', '*', '', 'Sun, 06 Nov 1994 08:49:38 GMT', 'yesterday'])(
    'is false for %s, so a download starts again',
    (header) => {
      expect(ifRangeHolds(header, VERSION)).toBe(false);
    },
  );
});

describe('preconditionFails', () => {
  it.each(['*', '"v1"', '"v0", "v1"'])('is false if If-Match: %s matches this version', (header) => {
    expect(preconditionFails({ 'if-match': header }, VERSION)).toBe(false);
  });
  it.each(['"v2"', 'W/"v1"', ''])('is true if If-Match: %s does not match', (header) => {
    expect(preconditionFails({ 'if-match': header }, VERSION)).toBe(true);
  });
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', false],
    ['Sun, 06 Nov 1994 08:49:36 GMT', true],
    ['no date', false],
  ])('If-Unmodified-Since: %s', (header, fails) => {
    expect(preconditionFails({ 'if-unmodified-since': header }, VERSION)).toBe(fails);
  });
  it('ignores If-Unmodified-Since if If-Match is given', () => {
    const both = { 'if-match': '"v1"', 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:36 GMT' };
    expect(preconditionFails(both, VERSION)).toBe(false);
  });
});
