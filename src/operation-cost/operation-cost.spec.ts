import { buildSchema, getIntrospectionQuery, parse, type OperationDefinitionNode } from 'graphql';
import { readFileSync } from 'node:fs';
import { FIELD_COSTS } from './field-costs.js';
import { refusalOf } from './operation-bounds.js';
import { MAX_FIELDS, operationCost, TooManyFieldsError } from './operation-cost.js';

const schema = buildSchema(readFileSync('schema.gql', 'utf8'));

function counted(source: string, variables: Record<string, unknown> = {}) {
  const document = parse(source);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === 'OperationDefinition',
  )!;
  return { ...operationCost(schema, document, operation, variables), operation };
}

const cost = (source: string, variables?: Record<string, unknown>) => counted(source, variables).cost;
const ids = (first: string) => `{ songs(first: ${first}) { edges { node { id } } } }`;

describe('the cost of an operation', () => {
  it('grows with the page size and the fields of its items', () => {
    expect(cost(ids('100')) - cost(ids('50'))).toBe(50 * 7);
    const titles = cost('{ songs(first: 100) { edges { node { id title } } } }');
    expect(titles - cost(ids('100'))).toBe(100);
  });

  it('uses the values of variables', () => {
    const page = 'query ($n: Int!) { songs(first: $n) { edges { node { id } } } }';
    expect(cost(page, { n: 100 })).toBe(cost(ids('100')));
    expect(cost(page, { n: 1 })).toBe(cost(ids('1')));
  });

  it('multiplies the sizes of nested lists', () => {
    const nested = (songs: number) =>
      cost(
        `{ search(query: "a") { artists(first: 10) { edges { node { songs(first: ${songs}) { edges { node { id } } } } } } } }`,
      );
    expect(nested(100) - nested(50)).toBe(10 * 50 * 7);
  });

  it('counts every alias, and a field selected twice under one name once', () => {
    const one = cost('{ a: songs(first: 100) { edges { node { id } } } }');
    expect(
      cost(
        '{ a: songs(first: 100) { edges { node { id } } } b: songs(first: 100) { edges { node { id } } } }',
      ),
    ).toBe(2 * one - 10);
    expect(
      cost(
        '{ a: songs(first: 100) { edges { node { id } } } a: songs(first: 100) { edges { node { id } } } }',
      ),
    ).toBe(one);
  });

  it('counts each fragment once in a selection', () => {
    const spread = '{ songs(first: 100) { ...A ...A ... on SongConnection { ...A } } }';
    const fragment = 'fragment A on SongConnection { edges { node { id } } }';
    expect(cost(`${spread} ${fragment}`)).toBe(cost(ids('100')));
  });

  it('leaves out fields excluded by @skip and @include', () => {
    const page = (directive: string) =>
      `query ($no: Boolean!) { me { id } songs(first: 100) ${directive} { edges { node { id } } } }`;
    const without = cost('{ me { id } }');
    for (const directive of ['@skip(if: true)', '@include(if: $no)'])
      expect(cost(page(directive), { no: false })).toBe(without);
    expect(cost(page('@include(if: true)'), { no: false })).toBeGreaterThan(without);
  });

  it('limits the page size to the largest allowed page', () => {
    expect(cost(ids('1000000000'))).toBe(cost(ids('100')));
    expect(cost(ids('-5'))).toBe(cost(ids('1')));
  });

  it('counts lists of subscriptions with their maximum size', () => {
    const subscribed = cost('subscription { songProcessing(songId: "1") { album { tracks { id } } } }');
    expect(subscribed).toBeGreaterThan(5_000);
    expect(cost('{ song(id: "1") { album { tracks { id } } } }')).toBeLessThan(500);
  });

  it('stops counting fragments that would make a response of 2^60 fields', () => {
    const level = (i: number) =>
      `fragment F${i} on __Type { a: ofType { ...F${i + 1} } b: ofType { ...F${i + 1} } }`;
    const levels = Array.from({ length: 60 }, (_, i) => level(i)).join(' ');
    const bomb = `{ __schema { types { ...F0 } } } ${levels} fragment F60 on __Type { name }`;
    const began = performance.now();
    expect(() => cost(bomb)).toThrow(TooManyFieldsError);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(MAX_FIELDS).toBeLessThan(10_000);
  });

  it('is below the limit for the introspection query', () => {
    const { operation, ...whole } = counted(getIntrospectionQuery());
    expect(refusalOf(whole, operation, 30_000)).toBeNull();
  });
});

describe('an operation', () => {
  it.each([
    ['too deep', `{ __schema { types { ${'ofType { '.repeat(20)} name ${'}'.repeat(20)} } } }`, 'levels'],
    [
      'of too many root fields',
      `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }`,
      'root fields',
    ],
    [
      'of too many aliases',
      `{ viewer { ${Array.from({ length: 251 }, (_, i) => `a${i}: id`).join(' ')} } }`,
      'aliases',
    ],
  ])('%s is refused even if it is cheap', (_, source, what) => {
    const { operation, ...whole } = counted(source);
    expect(refusalOf(whole, operation, 1_000_000)).toMatchObject({
      message: expect.stringContaining(what),
      extensions: { code: 'QUERY_TOO_COSTLY', cost: expect.any(Number), limit: 1_000_000 },
    });
  });
});

describe('the table of costs', () => {
  it('contains only fields of the schema', () => {
    const unknown = Object.keys(FIELD_COSTS).filter((name) => {
      const [type, field] = name.split('.') as [string, string];
      const known = schema.getType(type);
      return !known || !('getFields' in known) || !(field in known.getFields());
    });
    expect(unknown).toEqual([]);
  });
});
