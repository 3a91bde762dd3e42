import { validResult, type Envelope } from './redis-results.js';

const NOW = 1_000_000;
const envelope = (fence: string | null, expiresAt = NOW + 1): Envelope => ({
  answer: 'result',
  fence,
  expiresAt,
});

describe('validResult', () => {
  it.each([null, 'f1'])('is the result while it carries the fence of its key, %s', (fence) => {
    expect(validResult(envelope(fence), fence, NOW)).toBe('result');
  });

  it.each([
    ['nothing is stored', undefined, null],
    ['the key was invalidated since the load began', envelope(null), 'f1'],
    ['the key was invalidated again since the load began', envelope('f1'), 'f2'],
    ['the fence is gone, as after a restart of Redis', envelope('f1'), null],
    ['it has expired', envelope('f1', NOW), 'f1'],
  ])('is undefined if %s', (_why, stored, fence) => {
    expect(validResult(stored, fence, NOW)).toBeUndefined();
  });
});
