import { isPlainObject, type Doc } from '../bson/codec.js';
import { isNullish } from '../bson/compare.js';
import { TypeByte, typeByte } from '../bson/value-key.js';
import type { Collection } from '../storage/collection.js';
import type { IndexDefinition } from '../storage/index-definition.js';
import { indexPrefix, pointKey } from '../storage/index-key.js';
import type { Interval, Plan } from './plan.js';
import { isOperatorDocument } from './matcher.js';

/** What an index can tell of a document without reading it; undefined where it cannot. */
type Verdict = boolean | undefined;
/** `rest` is what follows the first field in a key of the document. */
type Test = (rest: Buffer) => Verdict;

const UNKNOWN: Test = () => undefined;

/**
 * Judges the document behind a key of an index whose first field holds lists: whether its list has some other value, too,
 * is whether the index has a key that differs in that value only. So of two common words seldom together no document is
 * read that has only one of them.
 */
export class KeyFilter {
  private constructor(private readonly test: Test) {}

  /** Undefined where keys tell nothing that the bounds of the plan do not say already. */
  static of(collection: Collection, filter: Doc, plan: Plan): KeyFilter | undefined {
    if (!('index' in plan) || plan.covered || plan.index.inexact || plan.points === 0) return undefined;
    const [first, ...others] = plan.index.fields;
    if (!plan.index.multikey.has(first!.path)) return undefined;
    // Two lists of one document: what stands beside one value need not stand beside another.
    if (others.length === 0 || others.some(({ path }) => plan.index.multikey.has(path))) return undefined;
    const test = compile(collection, plan.index, filter);
    return test === UNKNOWN ? undefined : new KeyFilter(test);
  }

  judge(key: Buffer, { lead }: Interval): Verdict {
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

/** The values of which a list must have one, if that is all a condition says. */
function wantedValues(condition: unknown): unknown[] | undefined {
  if (!isOperatorDocument(condition)) return isPlainValue(condition) ? [condition] : undefined;
  const [[operator, operand] = [], ...more] = Object.entries(condition);
  if (more.length > 0) return undefined;
  if (operator === '$eq') return isPlainValue(operand) ? [operand] : undefined;
  return operator === '$in' && Array.isArray(operand) && operand.every(isPlainValue)
    ? (operand as unknown[])
    : undefined;
}

/** Stored under a key that stands for it and nothing else. */
const isPlainValue = (value: unknown): boolean =>
  !isNullish(value) && !Array.isArray(value) && !isPlainObject(value) && typeByte(value) !== TypeByte.regex;

function hasSome(collection: Collection, index: IndexDefinition, values: readonly unknown[]): Test {
  const prefix = indexPrefix(index.id);
  const leads = values.map((value) =>
    Buffer.concat([prefix, pointKey(value, index.fields[0]!, index.fields.length)]),
  );
  return (rest) => leads.some((lead) => collection.hasKey(Buffer.concat([lead, rest])));
}

const not = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict);

const every =
  (tests: readonly Test[]): Test =>
  (rest) => {
    let verdict: Verdict = true;
    for (const test of tests) {
      const one = test(rest);
      if (one === false) return false;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };

const some =
  (tests: readonly Test[]): Test =>
  (rest) => {
    let verdict: Verdict = false;
    for (const test of tests) {
      const one = test(rest);
      if (one) return true;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
