import { Double, EJSON, Int32, Long } from 'bson';
import { decodeTyped, encode, type Doc } from '../bson/codec.js';
import { ReadDocument } from '../storage/collection.js';
import { compileProjection, projectionShape } from './projection.js';

/** Projects a document on its BSON and on the decoded document; both results must be the same. */
function project(doc: Doc, spec: Doc, filter: Doc = {}, variables?: Doc): unknown {
  const stored = new ReadDocument(1, encode(doc));
  const bytes = compileProjection(spec, filter, variables)?.(stored) ?? stored.bytes;
  const shaped = projectionShape(spec, filter, variables)?.(decodeTyped(stored.bytes)) ?? doc;
  const result = EJSON.deserialize(EJSON.serialize(decodeTyped(bytes)));
  expect(EJSON.deserialize(EJSON.serialize(decodeTyped(encode(shaped))))).toEqual(result);
  return result;
}

const song = {
  _id: 7,
  title: 'Song',
  album: { name: 'Album', label: { name: 'Label', city: 'Oslo' } },
  tracks: [{ no: 1, tags: ['a', 'b'] }, { no: 2, tags: [] }, 'bonus', [{ no: 3, side: 'B' }]],
  plays: [5, 80, 90],
};

const CASES: [name: string, projection: Doc, expected: Doc][] = [
  ['an empty projection returns the whole document', {}, song],
  ['an inclusion returns the fields and the _id', { title: 1 }, { _id: 7, title: 'Song' }],
  ['an inclusion with _id: 0 omits the _id', { title: 1, _id: 0 }, { title: 'Song' }],
  ['an inclusion by true, a double or a long is one', { title: true, _id: new Double(0) }, { title: 'Song' }],
  ['_id: 1 alone returns only the _id', { _id: 1 }, { _id: 7 }],
  ['_id: 0 alone returns all other fields', { _id: 0 }, { ...song, _id: undefined }],
  [
    'an exclusion returns all other fields, including the _id',
    { album: 0, tracks: 0, plays: false },
    { _id: 7, title: 'Song' },
  ],
  ['an exclusion may also exclude the _id', { album: 0, tracks: 0, plays: 0, _id: 0 }, { title: 'Song' }],
  ['an exclusion may include the _id', { album: 0, tracks: 0, plays: 0, _id: 1 }, { _id: 7, title: 'Song' }],
  ['a missing field is not added', { missing: 1, 'album.missing.deep': 1 }, { _id: 7, album: {} }],
  [
    'a dotted inclusion keeps the parent documents',
    { 'album.label.city': 1, _id: 0 },
    { album: { label: { city: 'Oslo' } } },
  ],
  [
    'a nested specification means the same as a dotted path',
    { album: { label: { city: 1 } }, _id: 0 },
    { album: { label: { city: 'Oslo' } } },
  ],
  [
    'a dotted exclusion keeps the siblings',
    { 'album.label': 0, title: 0, tracks: 0, plays: 0 },
    { _id: 7, album: { name: 'Album' } },
  ],
  [
    'a dotted inclusion applies to each document of an array and drops scalars',
    { 'tracks.no': 1, _id: 0 },
    { tracks: [{ no: 1 }, { no: 2 }, [{ no: 3 }]] },
  ],
  [
    'a dotted exclusion applies to each document of an array and keeps scalars',
    { 'tracks.no': 0, _id: 0, title: 0, album: 0, plays: 0 },
    { tracks: [{ tags: ['a', 'b'] }, { tags: [] }, 'bonus', [{ side: 'B' }]] },
  ],
  ['a number is a field name, not an array position', { 'tracks.0': 1, _id: 0 }, { tracks: [{}, {}, [{}]] }],
  ['a dotted inclusion below a scalar drops the field', { 'title.x': 1 }, { _id: 7 }],
  [
    'fields keep the order of the document',
    { plays: 1, title: 1 },
    { _id: 7, title: 'Song', plays: [5, 80, 90] },
  ],
  ['$slice alone returns all other fields', { plays: { $slice: 1 } }, { ...song, plays: [5] }],
  [
    '$slice with a negative number keeps the last elements',
    { plays: { $slice: -2 } },
    { ...song, plays: [80, 90] },
  ],
  ['$slice skips and limits', { plays: { $slice: [1, 1] } }, { ...song, plays: [80] }],
  ['$slice skips from the end', { plays: { $slice: [-2, 1] } }, { ...song, plays: [80] }],
  [
    '$slice that skips more than there is from the end starts at the first',
    { plays: { $slice: [-9, 1] } },
    { ...song, plays: [5] },
  ],
  ['$slice of a field that is no array leaves it', { title: { $slice: 1 } }, song],
  [
    '$slice in an inclusion includes its field',
    { title: 1, plays: { $slice: 1 } },
    { _id: 7, title: 'Song', plays: [5] },
  ],
  [
    '$slice in an exclusion returns the sliced field with all others',
    { album: 0, tracks: 0, plays: { $slice: 1 } },
    { _id: 7, title: 'Song', plays: [5] },
  ],
  [
    '$elemMatch returns the first matching element',
    { plays: { $elemMatch: { $gte: 10 } } },
    { _id: 7, plays: [80] },
  ],
  [
    '$elemMatch on documents returns the first matching document',
    { tracks: { $elemMatch: { no: { $gt: 1 } } }, _id: 0 },
    { tracks: [{ no: 2, tags: [] }] },
  ],
  ['$elemMatch without a match omits the field', { plays: { $elemMatch: { $gte: 100 } } }, { _id: 7 }],
  [
    'an expression adds a computed field',
    { title: 1, most: { $max: '$plays' } },
    { _id: 7, title: 'Song', most: 90 },
  ],
  ['a string with $ is a field path', { name: '$album.name' }, { _id: 7, name: 'Album' }],
  ['a string is a literal value', { title: 'other' }, { _id: 7, title: 'other' }],
];

describe('find projection', () => {
  it.each(CASES)('%s', (_, spec, expected) => {
    expect(project(song, spec)).toEqual(expected);
    expect(Object.keys(project(song, spec) as Doc)).toEqual(
      Object.keys(expected).filter((name) => expected[name] !== undefined),
    );
  });

  it('an inclusion keeps the types of numbers', () => {
    const bytes = encode({ a: new Double(1), b: { c: Long.ONE, d: new Int32(1) } });
    const projected = compileProjection({ a: 1, 'b.c': 1 }, {})!(new ReadDocument(1, bytes));
    expect(decodeTyped(projected)).toEqual({ a: new Double(1), b: { c: Long.ONE } });
  });

  it('the positional $ returns the element that the filter matched', () => {
    expect(project(song, { 'plays.$': 1, _id: 0 }, { plays: { $gt: 50 } })).toEqual({ plays: [80] });
    expect(project(song, { 'tracks.$': 1, title: 1 }, { 'tracks.no': 2 })).toEqual({
      _id: 7,
      title: 'Song',
      tracks: [{ no: 2, tags: [] }],
    });
    expect(() => project(song, { 'plays.$': 1 }, { title: 'Song' })).toThrow(/positional operator/);
  });

  it('an expression may use the variables of let', () => {
    expect(project(song, { _id: 0, sum: { $add: ['$$n', { $first: '$plays' }] } }, {}, { n: 2 })).toEqual({
      sum: 7,
    });
  });

  it.each([
    ['inclusion and exclusion are mixed', { title: 1, plays: 0 }, 31254],
    ['exclusion and inclusion are mixed', { title: 0, plays: 1 }, 31253],
    ['exclusion and $elemMatch are mixed', { title: 0, plays: { $elemMatch: { $gt: 1 } } }, 31253],
    ['a path is below another one', { album: 1, 'album.name': 1 }, 31250],
    ['a path is above another one', { 'album.name': 1, album: 1 }, 31250],
    ['a sub-projection is empty', { album: {} }, 51270],
    ['a path ends with a dot', { 'album.': 1 }, 40353],
    ['a path starts with $', { $title: 1 }, 16410],
    ['$slice has a limit of zero', { plays: { $slice: [1, 0] } }, 28724],
    ['$elemMatch is not a document', { plays: { $elemMatch: 1 } }, 31274],
  ])('is refused if %s', (_, spec, code) => {
    expect(() => project(song, spec)).toThrow(expect.objectContaining({ code }));
  });
});
