import type { Doc } from '../bson/codec.js';
import { ArrayFilters } from './array-filters.js';
import { concretePaths, positionFinder } from './array-paths.js';

const doc: Doc = {
  _id: 1,
  grades: [80, 85, 90, 85],
  items: [
    { sku: 'a', qty: 1, sizes: [1, 2] },
    { sku: 'b', qty: 9, sizes: [3] },
    { sku: 'c', qty: 9, sizes: [] },
  ],
  nested: { list: [{ x: 1 }, { x: 2 }] },
  name: 'text',
};

/** The concrete paths of an update path in `doc`, in dotted form. */
const resolve = (path: string, arrayFilters?: unknown, filter: Doc = {}): string[] =>
  concretePaths(doc, path, new ArrayFilters(arrayFilters), positionFinder(filter)).map((steps) =>
    steps.join('.'),
  );

const refused = (code: number): Error => expect.objectContaining({ code }) as Error;

describe('array update paths', () => {
  it('a path without positional operators is unchanged', () => {
    expect(resolve('nested.list.0.x')).toEqual(['nested.list.0.x']);
    expect(resolve('missing.deep')).toEqual(['missing.deep']);
  });

  it('$[] resolves to every element, also of nested arrays', () => {
    expect(resolve('grades.$[]')).toEqual(['grades.0', 'grades.1', 'grades.2', 'grades.3']);
    expect(resolve('items.$[].sizes.$[]')).toEqual(['items.0.sizes.0', 'items.0.sizes.1', 'items.1.sizes.0']);
  });

  it('$[identifier] resolves to the elements that its array filter matches', () => {
    expect(resolve('grades.$[g]', [{ g: { $gte: 85 } }])).toEqual(['grades.1', 'grades.2', 'grades.3']);
    expect(resolve('items.$[i].qty', [{ 'i.sku': 'b' }])).toEqual(['items.1.qty']);
    expect(resolve('items.$[i].qty', [{ $or: [{ 'i.sku': 'a' }, { 'i.sku': 'c' }] }])).toEqual([
      'items.0.qty',
      'items.2.qty',
    ]);
    expect(resolve('grades.$[g]', [{ g: 1000 }])).toEqual([]);
  });

  it('$[identifier] with several conditions must match them in one element', () => {
    expect(resolve('items.$[i]', [{ 'i.qty': 9, 'i.sku': { $ne: 'b' } }])).toEqual(['items.2']);
  });

  it('several identifiers in one path filter each array by itself', () => {
    expect(resolve('items.$[i].sizes.$[s]', [{ 'i.qty': { $lt: 9 } }, { s: { $gt: 1 } }])).toEqual([
      'items.0.sizes.1',
    ]);
  });

  it('$ resolves to the first element that the filter matched', () => {
    expect(resolve('grades.$', undefined, { grades: 85 })).toEqual(['grades.1']);
    expect(resolve('items.$.qty', undefined, { 'items.sku': 'c' })).toEqual(['items.2.qty']);
    expect(resolve('items.$.qty', undefined, { items: { $elemMatch: { qty: 9, sizes: [] } } })).toEqual([
      'items.2.qty',
    ]);
    expect(resolve('nested.list.$.x', undefined, { 'nested.list.x': { $gt: 1 } })).toEqual([
      'nested.list.1.x',
    ]);
  });

  it('$ finds conditions inside $and', () => {
    expect(resolve('grades.$', undefined, { $and: [{ name: 'text' }, { grades: 90 }] })).toEqual([
      'grades.2',
    ]);
  });

  it('$ takes the element that meets all conditions on the array before one that meets a single condition', () => {
    expect(resolve('items.$', undefined, { 'items.qty': 9, 'items.sku': 'c' })).toEqual(['items.2']);
  });

  it('$ and $[] may be combined in one path', () => {
    expect(resolve('items.$.sizes.$[]', undefined, { 'items.sku': 'a' })).toEqual([
      'items.0.sizes.0',
      'items.0.sizes.1',
    ]);
  });

  it('$ is refused if the filter has no condition on the array', () => {
    expect(() => resolve('grades.$', undefined, { name: 'text' })).toThrow(refused(2));
  });

  it('$[] is refused on a missing field and on a field that is not an array', () => {
    expect(() => resolve('missing.$[]')).toThrow(refused(2));
    expect(() => resolve('name.$[]')).toThrow(refused(2));
  });

  it('an unknown $ step is refused', () => {
    expect(() => resolve('grades.$bad')).toThrow(refused(52));
  });
});

describe('array filters', () => {
  it.each([
    ['are not an array', { x: 1 }, 14],
    ['contain a value that is not a document', [1], 14],
    ['contain a filter without a field', [{}], 9],
    ['contain two filters for the same identifier', [{ x: 1 }, { 'x.y': 1 }], 9],
  ])('are refused if they %s', (_, filters, code) => {
    expect(() => new ArrayFilters(filters)).toThrow(refused(code));
  });

  it('are refused if no path uses one of them', () => {
    const filters = new ArrayFilters([{ x: 1 }, { y: 1 }]);
    expect(() => filters.assertUsed(['a.$[x]', 'b.$[y].c'], '{}')).not.toThrow();
    expect(() => filters.assertUsed(['a.$[x]', 'b.y'], '{}')).toThrow(refused(9));
  });

  it('are missing for an identifier in the path: the update is refused', () => {
    expect(() => resolve('grades.$[other]', [{ g: 1 }])).toThrow(refused(2));
  });
});
