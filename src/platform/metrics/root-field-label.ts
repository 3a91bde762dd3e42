import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../graphql/fragments.js';

/**
 * What a validated operation asks for: its root field, `several` when there is more than one, `introspection` when it
 * asks only for the schema. Aliases and operation names are the client's to choose and never appear.
 */
export function rootFieldLabel(document: DocumentNode, operation: OperationDefinitionNode): string {
  const domain = [...rootFields(document, operation)].filter((name) => !name.startsWith('__'));
  if (domain.length === 0) return 'introspection';
  return domain.length === 1 ? domain[0]! : 'several';
}

/** Looks into every fragment once, however often it is spread: its time grows with the document, not with its paths. */
function rootFields(document: DocumentNode, operation: OperationDefinitionNode): Set<string> {
  const unread = fragmentsOf(document);
  const waiting: SelectionSetNode[] = [operation.selectionSet];
  const fields = new Set<string>();
  for (let set = waiting.pop(); set; set = waiting.pop())
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(selection.selectionSet);
      else {
        const fragment = unread.get(selection.name.value);
        if (fragment) waiting.push(fragment.selectionSet);
        unread.delete(selection.name.value);
      }
    }
  return fields;
}
