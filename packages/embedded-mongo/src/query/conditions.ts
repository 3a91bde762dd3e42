import { BSONRegExp } from 'bson';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { isOperatorDocument } from './matcher.js';

/** One operator on one path that every matching document must satisfy. */
export interface Condition {
  readonly operator: string;
  readonly operand: unknown;
}

/** A filter split into conditions per path and the parts that no index can answer. */
export interface Conditions {
  readonly byPath: ReadonlyMap<string, readonly Condition[]>;
  /** The branches of each required `$or`. */
  readonly alternatives: readonly Doc[][];
  /** True if the filter contains more than `byPath`. */
  readonly residual: boolean;
}

/** Flattens `$and` and collects conditions by path. */
export function conditionsOf(filter: Doc): Conditions {
  const byPath = new Map<string, Condition[]>();
  const alternatives: Doc[][] = [];
  let residual = false;
  const add = (path: string, operator: string, operand: unknown): void => {
    const known = byPath.get(path);
    if (known) known.push({ operator, operand });
    else byPath.set(path, [{ operator, operand }]);
  };
  const collect = (part: Doc): void => {
    for (const [name, value] of Object.entries(part)) {
      if (name === '$and' && Array.isArray(value)) value.filter(isPlainObject).forEach(collect);
      else if (name === '$or' && Array.isArray(value)) alternatives.push(value.filter(isPlainObject));
      else if (name === '$comment') continue;
      else if (name.startsWith('$')) residual = true;
      else if (isOperatorDocument(value)) {
        for (const [operator, operand] of Object.entries(value)) {
          if (operator === '$options') continue;
          const withOptions = operator === '$regex' && typeof value['$options'] === 'string';
          add(name, operator, withOptions ? regexWith(operand, value['$options'] as string) : operand);
        }
      } else if (value instanceof BSONRegExp || value instanceof RegExp) add(name, '$regex', value);
      else add(name, '$eq', value);
    }
  };
  collect(filter);
  return { byPath, alternatives, residual: residual || alternatives.length > 0 };
}

function regexWith(operand: unknown, options: string): unknown {
  const pattern = operand instanceof BSONRegExp ? operand.pattern : operand;
  // BSON requires sorted flags; clients may send any order.
  return typeof pattern === 'string' ? new BSONRegExp(pattern, options.split('').sort().join('')) : operand;
}
