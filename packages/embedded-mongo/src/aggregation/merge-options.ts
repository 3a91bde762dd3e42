import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { typeName } from '../query/type-names.js';
import { assertName } from '../query/variables.js';
import { targetOf, type Target } from './target.js';

const WHEN_MATCHED = ['replace', 'keepExisting', 'merge', 'fail'] as const;
const WHEN_NOT_MATCHED = ['insert', 'discard', 'fail'] as const;

/** How to treat an existing document: a mode, or a pipeline that updates it. */
export type WhenMatched = (typeof WHEN_MATCHED)[number] | readonly Doc[];

/** The checked options of a `$merge` stage. */
export interface MergeOptions {
  readonly into: Target;
  /** The fields that identify an existing document. */
  readonly on: readonly string[];
  readonly whenMatched: WhenMatched;
  readonly whenNotMatched: (typeof WHEN_NOT_MATCHED)[number];
  /** Expressions over the incoming document that the pipeline may use as `$$name`. */
  readonly variables: Doc;
}

/** Checks the argument of a `$merge` and fills in the defaults. */
export function mergeOptions(spec: unknown): MergeOptions {
  const { into, on, whenMatched, whenNotMatched, let: given } = fieldsOf(spec);
  const matched = Array.isArray(whenMatched)
    ? (whenMatched as Doc[])
    : mode('whenMatched', whenMatched, WHEN_MATCHED, 'merge');
  const notMatched = mode('whenNotMatched', whenNotMatched, WHEN_NOT_MATCHED, 'insert');
  if ((matched === 'fail' || matched === 'keepExisting') && notMatched !== 'insert')
    throw new MongoError(
      51181,
      `Combination of $merge modes 'whenMatched: ${matched}' and 'whenNotMatched: ${notMatched}' is not supported`,
    );
  if (given !== undefined && !Array.isArray(matched))
    throw new MongoError(
      51199,
      `Cannot use 'let' variables with 'whenMatched: ${String(matched)}' mode of $merge`,
    );
  return {
    into: targetOf(into, "$merge 'into' field", 51178),
    on: joinFields(on),
    whenMatched: matched,
    whenNotMatched: notMatched,
    variables: { new: '$$ROOT', ...variablesIn(given) },
  };
}

function fieldsOf(spec: unknown): Doc {
  if (typeof spec === 'string') return { into: spec };
  if (!isPlainObject(spec))
    throw new MongoError(
      51182,
      `$merge only supports a string or object argument, but found ${typeName(spec)}`,
    );
  const known = ['into', 'on', 'let', 'whenMatched', 'whenNotMatched'];
  const unknown = Object.keys(spec).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw new MongoError(40415, `BSON field '$merge.${unknown}' is an unknown field.`);
  if (spec['into'] === undefined)
    throw new MongoError(40414, "BSON field '$merge.into' is missing but a required field");
  return spec;
}

function mode<T extends string>(field: string, value: unknown, known: readonly T[], otherwise: T): T {
  if (value === undefined) return otherwise;
  if (typeof value !== 'string')
    throw new MongoError(51191, `$merge '${field}' field must be a string, but found ${typeName(value)}`);
  const found = known.find((name) => name === value);
  if (found === undefined)
    throw new MongoError(2, `Enumeration value '${value}' for field '$merge.${field}' is not a valid value.`);
  return found;
}

function joinFields(on: unknown): readonly string[] {
  if (on === undefined) return ['_id'];
  if (typeof on === 'string') return [on];
  if (!Array.isArray(on))
    throw new MongoError(
      51186,
      `$merge 'on' field must be either a string or an array of strings, but found ${typeName(on)}`,
    );
  if (on.length === 0)
    throw new MongoError(51187, "If explicitly specifying $merge 'on', must include at least one field");
  const wrong: unknown = on.find((field) => typeof field !== 'string');
  if (wrong !== undefined)
    throw new MongoError(51134, `$merge 'on' array elements must be strings, but found ${typeName(wrong)}`);
  const fields = on as string[];
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined) throw new MongoError(31465, `Found a duplicate field '${twice}'`);
  return fields;
}

function variablesIn(given: unknown): Doc {
  if (given === undefined) return {};
  if (!isPlainObject(given))
    throw new MongoError(
      14,
      `BSON field '$merge.let' is the wrong type '${typeName(given)}', expected type 'object'`,
    );
  Object.keys(given).forEach(assertName);
  return given;
}
