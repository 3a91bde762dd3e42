import { prefixRange } from '../storage/engine.js';
import type { IndexDefinition, IndexField } from '../storage/index-definition.js';
import { boundKey, fitsBound, indexPrefix, pointKey } from '../storage/index-key.js';
import { fieldBounds, type Edge, type FieldBounds, type Range } from './bounds.js';
import type { Conditions } from './conditions.js';
import { implies } from './implication.js';
import type { IndexPlan, Interval } from './plan.js';
import type { SortKey } from './sort-key.js';

/** Above this number of lookups a scan is faster. */
const MAX_INTERVALS = 4000;
const AFTER = Buffer.alloc(16, 0xff);

/** The plan for one index, or undefined if the index cannot answer the query. */
export function planIndex(
  index: IndexDefinition,
  conditions: Conditions,
  sort: readonly SortKey[] | undefined,
): IndexPlan | undefined {
  if (index.building) return undefined;
  const bounds = index.fields.map(({ path }) => {
    const onPath = conditions.byPath.get(path);
    return onPath && fieldBounds(onPath, index.multikey.has(path));
  });
  if (!holdsAllMatches(index, conditions, bounds)) return undefined;
  let prefixes: Prefix[] = [{ bytes: indexPrefix(index.id), lead: 0 }];
  let intervals: Interval[] | undefined;
  let points = 0;
  const used = new Set<string>();
  let exact = !conditions.residual && !index.inexact;
  for (const [i, field] of index.fields.entries()) {
    const onField = bounds[i];
    const width = onField?.points?.length ?? onField?.ranges.length ?? 0;
    if (!onField || prefixes.length * width > MAX_INTERVALS) break;
    exact &&= onField.exact;
    used.add(field.path);
    if (!onField.points) {
      exact &&= onField.ranges.every((range) => isWhole(range, index.fields.length));
      intervals = prefixes.flatMap((prefix) =>
        onField.ranges.map((range) => within(prefix, range, field, index)),
      );
      break;
    }
    const values = onField.points.map((value) => pointKey(value, field, index.fields.length));
    prefixes = prefixes.flatMap((prefix) => values.map((value) => longer(prefix, value)));
    points++;
  }
  const fixed = new Set(index.fields.slice(0, points).map(({ path }) => path));
  const order =
    sort && prefixes.length === 1 && (intervals?.length ?? 1) <= 1 ? orderOf(index, fixed, sort) : undefined;
  const multikey = index.fields.some(({ path }) => index.multikey.has(path));
  const covered = exact && [...conditions.byPath.keys()].every((path) => used.has(path));
  return {
    stage: 'IXSCAN',
    index,
    intervals: (intervals ?? prefixes.map(whole)).sort((a, b) => Buffer.compare(a.low, b.low)),
    reverse: order === 'backward',
    sorted: sort === undefined || order !== undefined,
    exact: covered && !multikey,
    covered,
    repeats: multikey,
    points,
    ranges: intervals ? 1 : 0,
  };
}

/** The beginning of keys, and the length of its part for the index id and the first field. */
interface Prefix {
  readonly bytes: Buffer;
  readonly lead: number;
}

const longer = ({ bytes, lead }: Prefix, value: Buffer): Prefix => ({
  bytes: Buffer.concat([bytes, value]),
  lead: lead || bytes.length + value.length,
});

const whole = ({ bytes, lead }: Prefix): Interval => {
  const [low, high] = prefixRange(bytes);
  return { low, high, lead };
};

/** A truncated bound also includes other values. */
const isWhole = ({ low, high }: Range, fieldCount: number): boolean =>
  [low, high].every(({ key }) => fitsBound(key, fieldCount));

function within(
  { bytes: prefix, lead }: Prefix,
  range: Range,
  field: IndexField,
  index: IndexDefinition,
): Interval {
  const edge = ({ key, inclusive }: Edge): Edge => {
    const cut = boundKey(key, { ...field, descending: false }, index.fields.length);
    return cut.length < key.length ? { key: cut, inclusive: true } : { key, inclusive };
  };
  const [low, high] = [edge(range.low), edge(range.high)];
  const directedKey = (key: Buffer): Buffer => boundKey(key, field, index.fields.length);
  const [first, last] = field.descending ? [high, low] : [low, high];
  return {
    low: Buffer.concat([prefix, directedKey(first.key), ...(first.inclusive ? [] : [AFTER])]),
    high: Buffer.concat([prefix, directedKey(last.key), ...(last.inclusive ? [AFTER] : [])]),
    lead,
  };
}

/** Sparse and partial indexes omit documents; they can only answer filters that exclude those documents too. */
function holdsAllMatches(
  index: IndexDefinition,
  conditions: Conditions,
  bounds: readonly (FieldBounds | undefined)[],
): boolean {
  if (index.partialFilter && !implies(conditions, index.partialFilter)) return false;
  if (!index.sparse) return true;
  return index.fields.some(
    ({ path }, i) =>
      bounds[i]?.excludesMissing === true ||
      (conditions.byPath.get(path) ?? []).some(
        ({ operator, operand }) => operator === '$exists' && operand === true,
      ),
  );
}

/** The direction in which the index yields documents in sort order, if there is one. */
function orderOf(
  index: IndexDefinition,
  fixed: ReadonlySet<string>,
  sort: readonly SortKey[],
): 'forward' | 'backward' | undefined {
  if (index.inexact) return undefined;
  let direction: 'forward' | 'backward' | undefined;
  let at = 0;
  for (const { path, descending } of sort) {
    while (at < index.fields.length && index.fields[at]!.path !== path && fixed.has(index.fields[at]!.path))
      at++;
    const field = index.fields[at];
    if (field?.path !== path) {
      if (fixed.has(path) && !index.multikey.has(path)) continue;
      return undefined;
    }
    if (index.multikey.has(path)) return undefined;
    at++;
    if (fixed.has(path)) continue;
    const wanted = field.descending === descending ? 'forward' : 'backward';
    if (direction !== undefined && direction !== wanted) return undefined;
    direction = wanted;
  }
  return direction ?? 'forward';
}
