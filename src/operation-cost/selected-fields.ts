import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Maximum visited selections. 3,000 tokens contain fewer; only nested fragments lead to more. */
const MAX_SELECTIONS = 50_000;

export class TooManySelectionsError extends Error {}

/**
 * The selected fields of an object, merged by response name as the executor does: a field selected twice costs once, a
 * skipped one costs nothing, and a fragment counts once in a selection however often it is spread.
 */
export class SelectedFields {
  private selections = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  /** Throws TooManySelectionsError. */
  of(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const waiting = [...sets].reverse();
    for (let set = waiting.pop(); set; set = waiting.pop())
      for (const selection of set.selections) {
        if (++this.selections > MAX_SELECTIONS) throw new TooManySelectionsError();
        if (!this.isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const name = (selection.alias ?? selection.name).value;
          const same = fields.get(name);
          if (same) same.push(selection);
          else fields.set(name, [selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (this.applies(selection.typeCondition?.name.value, type)) waiting.push(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = this.fragments.get(selection.name.value);
          if (fragment && this.applies(fragment.typeCondition.name.value, type))
            waiting.push(fragment.selectionSet);
        }
      }
    return fields;
  }

  private isIncluded(selection: SelectionNode): boolean {
    if (!selection.directives?.length) return true;
    const says = (directive: typeof GraphQLSkipDirective) =>
      getDirectiveValues(directive, selection, this.variables)?.['if'];
    return says(GraphQLSkipDirective) !== true && says(GraphQLIncludeDirective) !== false;
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.schema.getType(condition) as GraphQLCompositeType | undefined;
    return isAbstractType(named) && this.schema.isSubType(named, type);
  }
}
