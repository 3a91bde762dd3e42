import {
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { MAX_PAGE } from '../platform/graphql/connection.js';
import { fragmentsOf } from '../platform/graphql/fragments.js';
import {
  costOfField,
  costOfItem,
  isRefusedBelow,
  REFUSED_FIELD,
  readsItems,
  sizeOfList,
} from './field-costs.js';
import { introspectionSizes } from './introspection-sizes.js';
import { SelectedFields } from './selected-fields.js';

/** Points of every operation, for parsing and responding. */
const BASE = 10;

/** How a list was counted. */
export interface CountedList {
  /** Assumed number of items. */
  readonly items: number;
  /** Points of one item. */
  readonly perItem: number;
}

export interface OperationCost {
  /** Points. */
  readonly cost: number;
  /** Nesting of fields. */
  readonly depth: number;
  /** Fields in the shape of the response, where a list counts as one. */
  readonly fields: number;
  readonly rootFields: number;
  /** Fields with another name in the response. */
  readonly aliases: number;
  /** Lists by the first node that selects them; their actual sizes are settled while the operation runs. */
  readonly lists: ReadonlyMap<FieldNode, CountedList>;
}

type Args = Readonly<Record<string, unknown>>;

interface Place {
  readonly type: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  /** Arguments of the field above. */
  readonly given: Args;
  readonly depth: number;
}

/** Counting stops at this number of fields; no frontend needs more. */
export const MAX_FIELDS = 2_000;

export class TooManyFieldsError extends Error {}

/**
 * Calculates the cost of a validated operation from its document and its coerced variables alone. It visits each field
 * of the response's shape once, so that its time is limited by MAX_FIELDS, with any fragments. Throws
 * TooManyFieldsError or TooManySelectionsError.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): OperationCost {
  return new Walk(schema, document, operation, variables).whole();
}

class Walk {
  private readonly lists = new Map<FieldNode, CountedList>();
  private readonly selected: SelectedFields;
  private readonly introspected: ReadonlyMap<string, number>;
  /** Types of the objects above the current field. */
  private readonly above: string[] = [];
  private fields = 0;
  private aliases = 0;
  private depth = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    this.selected = new SelectedFields(schema, fragmentsOf(document), variables);
    this.introspected = introspectionSizes(schema);
  }

  whole(): OperationCost {
    const root = this.schema.getRootType(this.operation.operation)!;
    const sets = [this.operation.selectionSet];
    const selected = this.selected.of(root, sets);
    const cost = BASE + this.ofFields(selected, root, {}, 1);
    const { depth, fields, aliases, lists } = this;
    return { cost, depth, fields, rootFields: selected.size, aliases, lists };
  }

  private ofFields(
    fields: Map<string, FieldNode[]>,
    type: GraphQLObjectType,
    given: Args,
    depth: number,
  ): number {
    this.depth = Math.max(this.depth, depth);
    let cost = 0;
    for (const nodes of fields.values()) {
      if (++this.fields > MAX_FIELDS) throw new TooManyFieldsError();
      cost += this.ofField({ type, nodes, given, depth });
    }
    return cost;
  }

  private ofField({ type, nodes, given, depth }: Place): number {
    const [node] = nodes as [FieldNode];
    if (node.alias) this.aliases += 1;
    const field = this.definition(type, node.name.value);
    if (!field || isRefusedBelow(type.name, field.name, this.above)) return REFUSED_FIELD;
    const args = this.argumentsOf(field, node);
    const own = costOfField(type.name, field.name, args, given);
    this.above.push(type.name);
    const below = this.below(field.type, nodes, args, depth);
    this.above.pop();
    const isList = isListType(getNullableType(field.type));
    if (!isList && !readsItems(type.name, field.name)) return own + below;
    const items =
      pageOf(args) ?? (field.name === 'edges' ? pageOf(given) : undefined) ?? this.usualSize(type, field);
    const perItem = (isList ? Math.max(1, below) : 0) + costOfItem(type.name, field.name);
    const known = this.lists.get(node)?.perItem ?? 0;
    this.lists.set(node, { items, perItem: Math.max(known, perItem) });
    return own + (isList ? 0 : below) + items * perItem;
  }

  /** Points of one value of a field. */
  private below(output: GraphQLOutputType, nodes: readonly FieldNode[], given: Args, depth: number): number {
    const named = getNamedType(output);
    const types = isObjectType(named)
      ? [named]
      : isAbstractType(named)
        ? this.schema.getPossibleTypes(named)
        : [];
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return types.reduce(
      (most, type) => Math.max(most, this.ofFields(this.selected.of(type, sets), type, given, depth + 1)),
      0,
    );
  }

  private usualSize(type: GraphQLObjectType, { name }: GraphQLField<unknown, unknown>): number {
    const introspected = this.introspected.get(`${type.name}.${name}`);
    // Lists of subscriptions are not settled for each event, so their maximum size counts.
    return introspected ?? sizeOfList(type.name, name, this.operation.operation === 'subscription');
  }

  private definition(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return type.getFields()[name];
  }

  /** Invalid arguments are refused later, when the field is resolved. */
  private argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Args {
    try {
      return getArgumentValues(field, node, this.variables);
    } catch {
      return {};
    }
  }
}

/** Invalid page sizes are refused later, when the list is resolved. */
function pageOf({ first }: Args): number | undefined {
  return typeof first === 'number' ? Math.min(MAX_PAGE, Math.max(1, first)) : undefined;
}
