import { isPlainObject, type Doc } from '../bson/codec.js';
import { isNullish } from '../bson/compare.js';
import { TypeByte, typeByte } from '../bson/value-key.js';
import type { Collection } from '../storage/collection.js';
import type { IndexDefinition } from '../storage/index-definition.js';
import { indexPrefix, pointKey } from '../storage/index-key.js';
import type { Interval, Plan } from './plan.js';
import { isOperatorDocument } from './matcher.js';

/** Whether a document matches, as far as index keys can say; undefined if the document has to be read. */
type KeyMatch = boolean | undefined;
/** `rest` is the part of the document's key after the first field. */
type Test = (rest: Buffer) => KeyMatch;

const UNKNOWN: Test = () => undefined;

/**
 * Tests documents by the keys of an index whose first field holds arrays. A document's array contains another value if
 * the index has a key that differs only in that value. A search for two common words therefore reads no document that
 * contains only one of them.
 */
export class KeyFilter {
  private constructor(private readonly test: Test) {}

  /** Undefined if the keys add nothing to the bounds of the plan. */
  static of(collection: Collection, filter: Doc, plan: Plan): KeyFilter | undefined {
    if (!('index' in plan) || plan.covered || plan.index.inexact || plan.points === 0) return undefined;
    const [first, ...others] = plan.index.fields;
    if (!plan.index.multikey.has(first!.path)) return undefined;
    // If a second field is an array, keys of one document may combine its values with only some of the first array's.
    if (others.length === 0 || others.some(({ path }) => plan.index.multikey.has(path))) return undefined;
    const test = compile(collection, plan.index, filter);
    return test === UNKNOWN ? undefined : new KeyFilter(test);
  }

  evaluate(key: Buffer, { lead }: Interval): KeyMatch {
    return this.test(key.subarray(lead));
  }
}

function compile(collection: Collection, index: IndexDefinition, filter: Doc): Test {
  const tests = Object.entries(filter).map(([name, value]): Test => {
    if (name === '$and' || name === '$or' || name === '$nor') {
      const clauses = (value as Doc[]).map((clause) => compile(collection, index, clause));
      if (clauses.every((clause) => clause === UNKNOWN)) return UNKNOWN;
      if (name === '$and') return every(clauses);
      const any = some(clauses);
      return name === '$or' ? any : (rest) => not(any(rest));
    }
    const wanted = name === index.fields[0]!.path ? wantedValues(value) : undefined;
    return wanted ? hasSome(collection, index, wanted) : UNKNOWN;
  });
  return tests.every((test) => test === UNKNOWN) && tests.length > 0 ? UNKNOWN : every(tests);
}

/** The values of which the array must contain one; undefined if the condition says more than that. */
function wantedValues(condition: unknown): unknown[] | undefined {
  if (!isOperatorDocument(condition)) return isPlainValue(condition) ? [condition] : undefined;
  const [[operator, operand] = [], ...more] = Object.entries(condition);
  if (more.length > 0) return undefined;
  if (operator === '$eq') return isPlainValue(operand) ? [operand] : undefined;
  return operator === '$in' && Array.isArray(operand) && operand.every(isPlainValue)
    ? (operand as unknown[])
    : undefined;
}

/** True for values whose key belongs to no other value. */
const isPlainValue = (value: unknown): boolean =>
  !isNullish(value) && !Array.isArray(value) && !isPlainObject(value) && typeByte(value) !== TypeByte.regex;

function hasSome(collection: Collection, index: IndexDefinition, values: readonly unknown[]): Test {
  const prefix = indexPrefix(index.id);
  const leads = values.map((value) =>
    Buffer.concat([prefix, pointKey(value, index.fields[0]!, index.fields.length)]),
  );
  return (rest) => leads.some((lead) => collection.hasKey(Buffer.concat([lead, rest])));
}

const not = (result: KeyMatch): KeyMatch => (result === undefined ? undefined : !result);

const every =
  (tests: readonly Test[]): Test =>
  (rest) => {
    let result: KeyMatch = true;
    for (const test of tests) {
      const one = test(rest);
      if (one === false) return false;
      if (one === undefined) result = undefined;
    }
    return result;
  };

const some =
  (tests: readonly Test[]): Test =>
  (rest) => {
    let result: KeyMatch = false;
    for (const test of tests) {
      const one = test(rest);
      if (one) return true;
      if (one === undefined) result = undefined;
    }
    return result;
  };
