import { Decimal128, Double } from 'bson';
import { isNullish } from '../bson/compare.js';
import { isPlainObject } from '../bson/codec.js';
import { asFlag, isNumber, toNumber } from '../bson/numbers.js';
import { TypeByte, typeByte, valueKey } from '../bson/value-key.js';
import type { Condition } from './conditions.js';
import { literalPrefix, regexOf } from './regex.js';

/** One end of a range over value keys. */
export interface Edge {
  readonly key: Buffer;
  /** Whether keys that begin with `key` belong to the range. */
  readonly inclusive: boolean;
}

export interface Range {
  readonly low: Edge;
  readonly high: Edge;
}

/** Where in an index the values can be that satisfy all conditions on a path. */
export interface FieldBounds {
  /** Values to look up one by one, or undefined when ranges say it. */
  readonly points: readonly unknown[] | undefined;
  readonly ranges: readonly Range[];
  /** True when the bounds say exactly what the conditions say: any key within them is a match. */
  readonly exact: boolean;
  /** True when a document without the field cannot match. */
  readonly excludesMissing: boolean;
}

/** Bounds for the conditions on one path, or undefined when an index cannot narrow them. */
export function fieldBounds(conditions: readonly Condition[], multikey: boolean): FieldBounds | undefined {
  const single = conditions.map(conditionBounds).filter((bounds) => bounds !== undefined);
  if (single.length === 0) return undefined;
  const whole = conditions.length === single.length && single.every((bounds) => bounds.exact);
  const exact = whole && (!multikey || single.length === 1);
  const excludesMissing = single.some((bounds) => bounds.excludesMissing);
  const points = single
    .filter((bounds) => bounds.points)
    .sort((a, b) => a.points!.length - b.points!.length)[0];
  if (points) return { ...points, exact: exact && single.length === 1, excludesMissing };
  // Different elements of an array may satisfy different conditions: ranges of a multikey path cannot be intersected.
  if (multikey || single.some((bounds) => bounds.ranges.length !== 1))
    return { ...single[0]!, exact: exact && single.length === 1, excludesMissing };
  const range = single.map((bounds) => bounds.ranges[0]!).reduce(intersect);
  return { points: undefined, ranges: [range], exact, excludesMissing };
}

function conditionBounds({ operator, operand }: Condition): FieldBounds | undefined {
  switch (operator) {
    case '$eq':
      return points([operand]);
    case '$in':
      return Array.isArray(operand) ? points(operand as unknown[]) : undefined;
    case '$all':
      return allBounds(operand);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return ordered(operator, operand);
    case '$regex':
      return prefixed(operand);
    case '$exists':
      return asFlag(operand) ? undefined : { ...points([null])!, exact: false };
    default:
      return undefined;
  }
}

function points(values: readonly unknown[]): FieldBounds | undefined {
  if (values.some((value) => Array.isArray(value) || value === undefined || isRegex(value))) return undefined;
  // Two $in entries that are equal to each other must not be looked up twice.
  const distinct = new Map(values.map((value) => [valueKey(value).toString('latin1'), value]));
  const nullable = values.some(isNullish);
  return { points: [...distinct.values()], ranges: [], exact: !nullable, excludesMissing: !nullable };
}

const isRegex = (value: unknown): boolean => typeByte(value) === TypeByte.regex;

function allBounds(operand: unknown): FieldBounds | undefined {
  if (!Array.isArray(operand)) return undefined;
  const value = (operand as unknown[]).find(
    (item) => !Array.isArray(item) && !isRegex(item) && !isPlainObject(item) && !isNullish(item),
  );
  const bounds = value === undefined ? undefined : points([value]);
  return bounds && { ...bounds, exact: false };
}

function ordered(operator: string, operand: unknown): FieldBounds | undefined {
  const type = typeByte(operand);
  const unordered: number[] = [
    TypeByte.null,
    TypeByte.undefined,
    TypeByte.array,
    TypeByte.minKey,
    TypeByte.maxKey,
    TypeByte.regex,
  ];
  if (unordered.includes(type) || isNotANumber(operand)) return undefined;
  const bracket: Edge = { key: Buffer.of(type), inclusive: true };
  const edge: Edge = { key: valueKey(operand), inclusive: operator.endsWith('e') };
  const range = operator.startsWith('$g') ? { low: edge, high: bracket } : { low: lowest(type), high: edge };
  return { points: undefined, ranges: [range], exact: true, excludesMissing: true };
}

/** NaN sorts below all numbers but is never less than one. */
const lowest = (type: number): Edge =>
  type === TypeByte.number
    ? { key: valueKey(new Double(NaN)), inclusive: false }
    : { key: Buffer.of(type), inclusive: true };

const isNotANumber = (value: unknown): boolean =>
  isNumber(value) &&
  (Number.isNaN(toNumber(value)) || (value instanceof Decimal128 && !/\d/.test(value.toString())));

function prefixed(operand: unknown): FieldBounds | undefined {
  const prefix = literalPrefix(regexOf(operand, undefined));
  if (prefix === undefined) return undefined;
  // Without the two closing zero bytes, a text's key is the beginning of every longer text's key.
  const key = valueKey(prefix).subarray(0, -2);
  const strings: Range = { low: { key, inclusive: true }, high: { key, inclusive: true } };
  const stored: Edge = { key: Buffer.of(TypeByte.regex), inclusive: true };
  return {
    points: undefined,
    ranges: [strings, { low: stored, high: stored }],
    exact: false,
    excludesMissing: true,
  };
}

function intersect(a: Range, b: Range): Range {
  const low = Buffer.compare(lowBytes(a.low), lowBytes(b.low)) >= 0 ? a.low : b.low;
  const high = Buffer.compare(highBytes(a.high), highBytes(b.high)) <= 0 ? a.high : b.high;
  return { low, high };
}

const AFTER = Buffer.alloc(16, 0xff);
/** The first key that belongs to a range with this lower edge. */
export const lowBytes = (edge: Edge): Buffer =>
  edge.inclusive ? edge.key : Buffer.concat([edge.key, AFTER]);
/** The last key that belongs to a range with this upper edge. */
export const highBytes = (edge: Edge): Buffer =>
  edge.inclusive ? Buffer.concat([edge.key, AFTER]) : edge.key;
