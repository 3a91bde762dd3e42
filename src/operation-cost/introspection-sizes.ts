import { isEnumType, isInputObjectType, isObjectType, type GraphQLSchema } from 'graphql';

const known = new WeakMap<GraphQLSchema, ReadonlyMap<string, number>>();

/** The average lengths of the lists of introspection types in this schema. */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const sizes = known.get(schema) ?? counted(schema);
  known.set(schema, sizes);
  return sizes;
}

function counted(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  const values = types.filter(isEnumType).flatMap((type) => type.getValues());
  const args = fields.flatMap((field) => field.args);
  const share = (count: number, of: number) => count / Math.max(1, of);
  return new Map([
    ['__Schema.types', types.length],
    ['__Schema.directives', schema.getDirectives().length],
    ['__Type.fields', share(fields.length, types.length)],
    ['__Type.inputFields', share(inputs.length, types.length)],
    ['__Type.enumValues', share(values.length, types.length)],
    ['__Type.interfaces', 0.1],
    ['__Type.possibleTypes', 0.1],
    ['__Field.args', share(args.length, fields.length)],
    ['__Directive.args', 2],
    ['__Directive.locations', 5],
  ]);
}
