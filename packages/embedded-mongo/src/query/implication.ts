import { equalValues } from '../bson/compare.js';
import { asFlag } from '../bson/numbers.js';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { conditionsOf, type Condition, type Conditions } from './conditions.js';
import { leafPredicate } from './matcher.js';

const VALUE_OPERATORS = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$type', '$exists', '$in']);

/** Whether every document that satisfies `conditions` also satisfies `filter`. May return false where it does. */
export function implies(conditions: Conditions, filter: Doc): boolean {
  const wanted = conditionsOf(filter);
  if (wanted.residual) return false;
  return [...wanted.byPath].every(([path, needed]) => {
    const known = conditions.byPath.get(path) ?? [];
    return needed.every((condition) => known.some((other) => stronger(other, condition)));
  });
}

function stronger(known: Condition, needed: Condition): boolean {
  if (known.operator === needed.operator && equalValues(known.operand, needed.operand)) return true;
  if (!VALUE_OPERATORS.has(needed.operator)) return false;
  const test = leafPredicate({ [needed.operator]: needed.operand });
  if (known.operator === '$eq') return isScalar(known.operand) && test([known.operand]);
  if (known.operator === '$in' && Array.isArray(known.operand)) {
    return known.operand.every((value: unknown) => isScalar(value) && test([value]));
  }
  if (!/^\$[gl]te?$/.test(known.operator) || known.operand === null) return false;
  if (needed.operator === '$exists') return asFlag(needed.operand);
  // A range implies a wider one of the same direction: its edge satisfies the wider one, or is the same excluded edge.
  const sameWay = known.operator[1] === needed.operator[1] && /^\$[gl]te?$/.test(needed.operator);
  return (
    sameWay &&
    (test([known.operand]) || (equalValues(known.operand, needed.operand) && !known.operator.endsWith('e')))
  );
}

/** Excludes null, which also matches a missing field; other operators treat a missing field differently. */
const isScalar = (value: unknown): boolean =>
  value !== null && value !== undefined && !Array.isArray(value) && !isPlainObject(value);
