import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, Kind, parse, type DocumentNode, type FragmentDefinitionNode } from 'graphql';
import { Config } from '../src/platform/config/config.js';
import { limitOf } from '../src/operation-cost/operation-bounds.js';
import { operationCost } from '../src/operation-cost/operation-cost.js';
import { rootFieldLabel } from '../src/platform/metrics/root-field-label.js';

const schema = buildSchema(readFileSync('schema.gql', 'utf8'));
const MAX_COST = Config.load({}).GRAPHQL_MAX_COST;
/** Operations of the web app and of the documents may cost at most this share of the limit. */
const FAR_BELOW = 0.25;

interface Priced {
  name: string;
  cost: number;
  limit: number;
}

function priced(document: DocumentNode, variables: Record<string, unknown> = {}): Priced[] {
  return document.definitions.flatMap((operation) => {
    if (operation.kind !== Kind.OPERATION_DEFINITION) return [];
    const { cost, rootFields } = operationCost(schema, document, operation, variables);
    const label = rootFieldLabel(document, operation);
    const name = `${operation.operation} ${rootFields === 1 ? label : `${label} (${rootFields} fields)`}`;
    return [{ name, cost: Math.round(cost), limit: limitOf(operation, MAX_COST) }];
  });
}

describe('docs/frontend.md', () => {
  const text = readFileSync('docs/frontend.md', 'utf8');
  const blocks = [...text.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, source]) => source!);
  const inScripts = [...text.matchAll(/query: '((?:subscription|query|mutation)[^']*)'/g)].map(
    ([, source]) => source!,
  );
  const examples = [...blocks, ...inScripts].flatMap((source) => priced(parse(source)));

  it('has examples that all cost at most a quarter of the limit', () => {
    expect(examples.length).toBeGreaterThan(8);
    expect(examples.filter(({ cost, limit }) => cost > FAR_BELOW * limit)).toEqual([]);
  });

  it('lists the cost of each of its examples', () => {
    const table = [
      '| operation | points |',
      '|---|--:|',
      ...examples.map(({ name, cost }) => `| ${name} | ${cost} |`),
    ];
    const written = /<!-- costs -->\n([\s\S]*?)<!-- \/costs -->/.exec(text)![1]!.trim();
    expect(written).toBe(table.join('\n'));
  });

  it('states the limits that the configuration has by default', () => {
    for (const points of [MAX_COST, MAX_COST / 10, 1_000_000, 4_000_000])
      expect(text).toContain(`${points.toLocaleString('en')} points`);
    const { GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE, GRAPHQL_COST_PER_ADDRESS_AND_MINUTE } = Config.load({});
    expect([GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE, GRAPHQL_COST_PER_ADDRESS_AND_MINUTE]).toEqual([
      1_000_000, 4_000_000,
    ]);
  });
});

describe('the web app', () => {
  const sources = readdirSync('web/src', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join('web/src', path), 'utf8'));
  const documents = sources.flatMap((source) =>
    [...source.matchAll(/graphql\(\s*`([\s\S]*?)`/g)].map(([, document]) =>
      parse(document!.replace(/\$\{(\w+)\}/g, '100').replace(/@_unmask/g, '')),
    ),
  );
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const { definitions } of documents)
    for (const definition of definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);

  /** Each operation with all fragments of the web app; variables ask for the longest pages. */
  const operations = documents.flatMap(({ definitions }) => {
    const own = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const first = {
      first: 100,
      songs: 100,
      albums: 100,
      artists: 100,
      playlists: 100,
      count: 100,
      size: 100,
    };
    return priced({ kind: Kind.DOCUMENT, definitions: [...own, ...fragments.values()] }, first);
  });

  it('has only operations that cost at most half of the limit', () => {
    expect(operations.length).toBeGreaterThan(25);
    expect(operations.filter(({ cost, limit }) => cost > 0.5 * limit)).toEqual([]);
  });
});
