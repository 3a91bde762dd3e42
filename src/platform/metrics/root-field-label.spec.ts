import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { rootFieldLabel } from './root-field-label.js';

function labelOf(source: string): string {
  const document = parse(source);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return rootFieldLabel(document, operation as OperationDefinitionNode);
}

describe('rootFieldLabel', () => {
  it('is the root field, whatever the client calls its operation and its aliases', () => {
    expect(labelOf('query Invented_1234 { mine: song(id: "1") { title } }')).toBe('song');
  });

  it('looks through fragments', () => {
    expect(
      labelOf('{ ...A ... on Query { song(id: "1") { id } } } fragment A on Query { song(id: "2") { id } }'),
    ).toBe('song');
  });

  it('is one word for every combination of fields', () => {
    expect(labelOf('{ a: songs { id } b: albums { id } }')).toBe('several');
  });

  it('does not let __typename hide the field', () => {
    expect(labelOf('{ __typename song(id: "1") { id } }')).toBe('song');
    expect(labelOf('{ __schema { types { name } } }')).toBe('introspection');
  });
});
