import { Readable } from 'node:stream';
import { splitIntoParts } from './split-stream.js';

const parts = async (chunks: (string | Buffer)[], size: number) => {
  const found: [string, boolean][] = [];
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const { bytes, last } of splitIntoParts(body, size)) found.push([bytes.toString(), last]);
  return found;
};

describe('splitIntoParts', () => {
  it.each([
    [
      ['abcdefg'],
      [
        ['abc', false],
        ['def', false],
        ['g', true],
      ],
    ],
    [
      ['a', 'b', 'c', 'd'],
      [
        ['abc', false],
        ['d', true],
      ],
    ],
    [
      ['abc', 'def'],
      [
        ['abc', false],
        ['def', true],
      ],
    ],
    [['abc'], [['abc', true]]],
    [[], [['', true]]],
  ])('splits %j into parts of the exact size and marks only the last', async (chunks, expected) => {
    expect(await parts(chunks, 3)).toEqual(expected);
  });
});
