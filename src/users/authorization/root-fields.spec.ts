import { describe, expect, it } from '@jest/globals';
import { rootFieldsOf, type SentRequest } from './root-fields.js';

function namesOf(query: string, more: Omit<SentRequest, 'query'> = {}): string[] | null {
  const found = rootFieldsOf({ query, ...more });
  return found && [...found.names].sort();
}

describe('rootFieldsOf', () => {
  it('returns the names in the schema, whatever the aliases', () => {
    expect(namesOf('mutation { uploadSong: replaceAudio { id } b: replaceAudio { id } }')).toEqual([
      'replaceAudio',
    ]);
  });

  it('says whether the operation is a query or a mutation', () => {
    expect(rootFieldsOf({ query: '{ songs { totalCount } }' })?.operation).toBe('query');
    expect(rootFieldsOf({ query: 'mutation { logout }' })?.operation).toBe('mutation');
  });

  it('follows fragments, inline ones and those that spread each other', () => {
    const query = `mutation { ... { a } ... on Mutation { b } ...One }
      fragment One on Mutation { c ...Two } fragment Two on Mutation { d ...One }`;
    expect(namesOf(query)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('looks at the operation that the name selects, and only at that one', () => {
    const query = 'mutation A { a } mutation B { b }';
    expect(namesOf(query, { operationName: 'B' })).toEqual(['b']);
    expect(namesOf('mutation A { a }', { operationName: null })).toEqual(['a']);
  });

  it.each([
    ['no document', undefined, {}],
    ['a document that is no text', { kind: 'Document' }, {}],
    ['a syntax error', 'mutation { a', {}],
    ['too many tokens', `{ ${'a '.repeat(3_000)} }`, {}],
    ['several operations and no name', 'mutation A { a } mutation B { b }', {}],
    ['an operation name that the document lacks', 'mutation A { a }', { operationName: 'B' }],
    ['an empty operation name', 'mutation { a }', { operationName: '' }],
    ['an operation name that is no text', 'mutation A { a }', { operationName: 7 }],
  ])('is null for %s: nothing will be executed', (_what, query, more) => {
    expect(rootFieldsOf({ query, ...more })).toBeNull();
  });

  it.each([
    ['@skip(if: true)', {}, false],
    ['@skip(if: false)', {}, true],
    ['@include(if: true)', {}, true],
    ['@include(if: false)', {}, false],
    ['@include(if: true) @skip(if: true)', {}, false],
    ['@skip(if: $on)', { on: true }, false],
    ['@skip(if: $on)', { on: false }, true],
    ['@include(if: $on)', { on: false }, false],
    ['@include(if: $on)', { on: true }, true],
    // The default is true.
    ['@skip(if: $on)', {}, false],
    ['@include(if: $on)', {}, true],
    // The executor refuses these; they must not hide a field.
    ['@skip(if: $missing)', {}, true],
    ['@include(if: $missing)', {}, true],
    ['@skip(if: $on)', { on: 'true' }, true],
    ['@include(if: $on)', { on: null }, true],
    ['@include', {}, true],
    ['@deprecated', {}, true],
  ])('takes a field with %s and the variables %j as executed: %s', (directives, variables, counts) => {
    const query = `mutation ($on: Boolean! = true) { a b ${directives} }`;
    expect(namesOf(query, { variables })).toEqual(counts ? ['a', 'b'] : ['a']);
  });

  it('applies the directives of fragments, too', () => {
    const query =
      'mutation { ...F @skip(if: true) ... @include(if: false) { b } c } fragment F on Mutation { a }';
    expect(namesOf(query)).toEqual(['c']);
  });
});
