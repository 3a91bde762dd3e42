import {
  getOperationAST,
  Kind,
  parse,
  type DirectiveNode,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { PARSE_OPTIONS } from '../../platform/graphql/parse-options.js';

/** A GraphQL request as it was sent; nothing about it is checked yet. */
export interface SentRequest {
  query?: unknown;
  operationName?: unknown;
  variables?: unknown;
  extensions?: unknown;
}

export interface RootFields {
  operation: OperationDefinitionNode['operation'];
  /** Names in the schema, not aliases. */
  names: ReadonlySet<string>;
}

/**
 * The root fields that a request may execute. A field counts unless `@skip` or `@include` certainly excludes it, so the
 * executor never runs one that is missing here. Null when nothing will be executed: the document is malformed, or it
 * has no operation of that name.
 */
export function rootFieldsOf({ query, operationName, variables }: SentRequest): RootFields | null {
  const document = typeof query === 'string' ? parsed(query) : null;
  const operation = document && getOperationAST(document, operationName as string | null | undefined);
  if (!operation) return null;
  const values = { ...defaultsOf(operation), ...(isRecord(variables) ? variables : {}) };
  return { operation: operation.operation, names: namesIn(operation.selectionSet, document, values) };
}

function parsed(query: string): DocumentNode | null {
  try {
    return parse(query, PARSE_OPTIONS);
  } catch {
    return null;
  }
}

function namesIn(
  root: SelectionSetNode,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Set<string> {
  const names = new Set<string>();
  const spread = new Set<string>();
  const waiting: SelectionNode[] = [...root.selections];
  for (let selection = waiting.pop(); selection; selection = waiting.pop()) {
    if (isExcluded(selection, variables)) continue;
    if (selection.kind === Kind.FIELD) names.add(selection.name.value);
    else if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(...selection.selectionSet.selections);
    else if (!spread.has(selection.name.value)) {
      spread.add(selection.name.value);
      waiting.push(...fragment(document, selection.name.value));
    }
  }
  return names;
}

function fragment(document: DocumentNode, name: string): readonly SelectionNode[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name
      ? definition.selectionSet.selections
      : [],
  );
}

function isExcluded(
  { directives = [] }: SelectionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  const excludes = ({ name, arguments: given = [] }: DirectiveNode) => {
    const condition = given.find((argument) => argument.name.value === 'if')?.value;
    const value = condition?.kind === Kind.VARIABLE ? variables[condition.name.value] : literal(condition);
    return (name.value === 'skip' && value === true) || (name.value === 'include' && value === false);
  };
  return directives.some(excludes);
}

/** The defaults of the operation's Boolean variables. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, literal(defaultValue)]),
  );
}

function literal(node: ValueNode | undefined): boolean | undefined {
  return node?.kind === Kind.BOOLEAN ? node.value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
