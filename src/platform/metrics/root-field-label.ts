import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../graphql/fragments.js';

/**
 * The label of a validated operation: its root field, `several` when there is more than one, `introspection` when it
 * selects only the schema. Aliases and operation names, which clients choose, never appear.
 */
export function rootFieldLabel(document: DocumentNode, operation: OperationDefinitionNode): string {
  const domain = [...rootFields(document, operation)].filter((name) => !name.startsWith('__'));
  if (domain.length === 0) return 'introspection';
  return domain.length === 1 ? domain[0]! : 'several';
}

/** Reads each fragment once, however often it is spread, so that the time grows only with the size of the document. */
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
