import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { rootFieldLabel } from './root-field-label.js';

function labelOf(source: string): string {
  const document = parse(source);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return rootFieldLabel(document, operation as OperationDefinitionNode);
}

describe('rootFieldLabel', () => {
  it('is the root field, not the operation name or an alias', () => {
    expect(labelOf('query Invented_1234 { mine: song(id: "1") { title } }')).toBe('song');
  });

  it('finds the root field in fragments', () => {
    expect(
      labelOf('{ ...A ... on Query { song(id: "1") { id } } } fragment A on Query { song(id: "2") { id } }'),
    ).toBe('song');
  });

  it('is "several" for more than one root field', () => {
    expect(labelOf('{ a: songs { id } b: albums { id } }')).toBe('several');
  });

  it('ignores __typename beside another field', () => {
    expect(labelOf('{ __typename song(id: "1") { id } }')).toBe('song');
    expect(labelOf('{ __schema { types { name } } }')).toBe('introspection');
  });
});
