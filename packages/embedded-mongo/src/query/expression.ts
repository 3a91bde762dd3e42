import { Context, evalExpr } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as stages from 'mingo/operators/pipeline';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import * as windows from 'mingo/operators/window';
import type { Options } from 'mingo/types';
import type { Doc } from '../bson/codec.js';
import { compareValues, equalValues } from '../bson/compare.js';
import { plain, plainDoc } from '../bson/plain.js';
import { MongoError } from '../mongo-error.js';
import { typeName } from './type-names.js';
import { assertDefined } from './variable-names.js';

type Operators = Record<string, (...args: any[]) => any>;
type Evaluate = (doc: unknown, operands: unknown, options: Options) => unknown;

/** A namespace object also has a `default` under Node's interop; only the operators are kept. */
const operatorsOf = (namespace: object): Operators =>
  Object.fromEntries(Object.entries(namespace).filter(([name]) => name.startsWith('$'))) as Operators;

const comparison =
  (decide: (order: number) => boolean | number): Evaluate =>
  (doc, operands, options) => {
    const [a, b] = pair(doc, operands, options);
    return decide(compareValues(a, b));
  };

function pair(doc: unknown, operands: unknown, options: Options): [unknown, unknown] {
  if (!Array.isArray(operands) || operands.length !== 2) {
    throw new MongoError(16020, 'Expression takes exactly 2 arguments.');
  }
  const [a, b] = evalExpr(doc as Doc, operands, options) as unknown[];
  return [a, b];
}

/** Comparison operators in BSON order, as in MongoDB; mingo's own compare JavaScript values. */
const bsonComparisons: Record<string, Evaluate> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: comparison(Math.sign),
  $in: (doc, operands, options) => {
    const [item, list] = pair(doc, operands, options);
    if (!Array.isArray(list)) throw new MongoError(40081, '$in requires an array as a second argument');
    return list.some((other) => equalValues(item, other));
  },
  $type: (doc, operand, options) =>
    typeName(
      evalExpr(
        doc as Doc,
        (Array.isArray(operand) && operand.length === 1 ? operand[0] : operand) as Doc,
        options,
      ),
    ),
};

const CAPTURE = '$preparedOptions';
const capture: Evaluate = (_doc, _operands, options) => options;

const context = Context.init({
  expression: { ...operatorsOf(expressions), ...bsonComparisons, [CAPTURE]: capture } as never,
  accumulator: operatorsOf(accumulators) as never,
  pipeline: operatorsOf(stages) as never,
  projection: operatorsOf(projections) as never,
  query: operatorsOf(queries) as never,
  window: operatorsOf(windows) as never,
});

/** mingo's options with BSON comparisons and without JavaScript from the client. */
export const mingoOptions = (variables: Doc = {}): Partial<Options> => ({
  context,
  scriptEnabled: false,
  variables: { ...variables },
});

/** mingo's compiled options, compiled once here because mingo would otherwise do it for every document. */
interface Prepared {
  update(locals: { root: unknown }): unknown;
}

function prepare(variables: Doc): Prepared {
  return evalExpr({}, { [CAPTURE]: 1 } as never, mingoOptions(variables) as never) as Prepared;
}

/** Compiles an aggregation expression over plain documents. */
export function compileExpression(expression: unknown, variables: Doc = {}): (doc: Doc) => unknown {
  if (typeof expression !== 'object' && !(typeof expression === 'string' && expression.startsWith('$'))) {
    return () => expression;
  }
  const options = prepare(variables);
  return (doc) => {
    options.update({ root: doc });
    return evalExpr(doc, expression as never, options as never);
  };
}

/** Compiles the `$expr` of a filter. */
export function expressionPredicate(expression: unknown, variables: Doc = {}): (doc: Doc) => boolean {
  assertDefined(expression, Object.keys(variables));
  const compute = compileExpression(plain(expression), plainDoc(variables));
  return (doc) => {
    const result = compute(plainDoc(doc));
    return result !== false && result !== null && result !== undefined && result !== 0;
  };
}
