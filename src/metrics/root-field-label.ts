import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/**
 * What a validated operation asks for: its root field, `several` when there is more than one, `introspection` when it
 * asks only for the schema. Aliases and operation names are the client's to choose and never appear.
 */
export function rootFieldLabel(document: DocumentNode, operation: OperationDefinitionNode): string {
  const fields = new Set(rootFields(document, operation.selectionSet));
  const domain = [...fields].filter((name) => !name.startsWith('__'));
  if (domain.length === 0) return 'introspection';
  return domain.length === 1 ? domain[0]! : 'several';
}

function rootFields(document: DocumentNode, { selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(document, selection.selectionSet);
    const fragment = document.definitions.find(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(document, fragment.selectionSet) : [];
  });
}
