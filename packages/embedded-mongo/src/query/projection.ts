import { encode, isPlainObject, type Doc } from '../bson/codec.js';
import { plain, plainDoc } from '../bson/plain.js';
import { asInteger, isNumber, toNumber } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { positionFinder } from '../update/array-paths.js';
import { getAt, setAt } from '../update/document-path.js';
import type { StoredDoc } from '../storage/collection.js';
import { compileExpression } from './expression.js';
import { leafPredicate, isOperatorDocument, Matcher } from './matcher.js';
import { projectRaw, type Tree } from './raw-projection.js';

/** Projects a stored document to the BSON sent to the client. */
export type Projection = (stored: StoredDoc) => Buffer;

type Change = (source: Doc, target: Doc) => void;

/** A parsed projection: the paths to include or exclude, and computed fields. */
interface Shape {
  readonly tree: Tree;
  readonly inclusive: boolean;
  readonly changes: readonly Change[];
}

/** Compiles a find projection, or returns undefined if the projection is empty. */
export function compileProjection(spec: Doc, filter: Doc, variables?: Doc): Projection | undefined {
  const shape = shapeOf(spec, filter, variables);
  if (!shape) return undefined;
  const { tree, inclusive, changes } = shape;
  if (changes.length === 0) return ({ bytes }) => projectRaw(bytes, tree, inclusive);
  return ({ doc }) => encode(shaped(doc, shape));
}

/** Like `compileProjection`, but maps documents instead of BSON. */
export function projectionShape(spec: Doc, filter: Doc, variables?: Doc): ((doc: Doc) => Doc) | undefined {
  const shape = shapeOf(spec, filter, variables);
  return shape && ((doc) => shaped(doc, shape));
}

function shaped(doc: Doc, { tree, inclusive, changes }: Shape): Doc {
  const target = inclusive ? (include(doc, tree) as Doc) : (exclude(doc, tree) as Doc);
  for (const change of changes) change(doc, target);
  return target;
}

function shapeOf(spec: Doc, filter: Doc, variables: Doc | undefined): Shape | undefined {
  const entries = Object.entries(spec);
  if (entries.length === 0) return undefined;
  const tree: Tree = {};
  const changes: Change[] = [];
  let including: boolean | undefined;
  let withId: boolean | undefined;
  const sliced = new Map<string, unknown>();
  const decide = (mode: boolean, path: string): void => {
    if (including !== undefined && including !== mode) {
      const [code, kind] = including ? [31254, 'exclusion'] : [31253, 'inclusion'];
      throw new MongoError(
        code,
        `Cannot do ${kind} on field ${path} in ${including ? 'inclusion' : 'exclusion'} projection`,
      );
    }
    including = mode;
  };
  for (const [path, value] of flattened(entries)) {
    const flag = typeof value === 'boolean' ? value : isNumber(value) ? toNumber(value) !== 0 : undefined;
    if (path === '_id' && flag !== undefined) withId = flag;
    else if (path.endsWith('.$')) {
      decide(true, path);
      grow(tree, path.slice(0, -2));
      changes.push(positional(path.slice(0, -2), filter));
    } else if (flag !== undefined) {
      decide(flag, path);
      grow(tree, path);
    } else if (isSlice(value)) sliced.set(path, value['$slice']);
    else changes.push(computed(path, value, decide, variables));
  }
  const inclusive = including ?? (withId === true && changes.length === 0 && sliced.size === 0);
  for (const [path, operand] of sliced) {
    // An exclusion contains the field already; an inclusion has to add it.
    if (inclusive) grow(tree, path);
    changes.push(slice(path, operand));
  }
  if (inclusive ? withId !== false : withId === false) tree['_id'] = true;
  return { tree, inclusive, changes };
}

/** `{ a: { b: 1 } }` means the same as `{ 'a.b': 1 }`. */
function flattened(entries: [string, unknown][]): [string, unknown][] {
  return entries.flatMap(([path, value]): [string, unknown][] => {
    if (!isPlainObject(value) || isOperatorDocument(value)) return [[path, value]];
    if (Object.keys(value).length === 0)
      throw new MongoError(51270, `An empty sub-projection is not a valid value. Found empty object at path`);
    return flattened(Object.entries(value).map(([name, inner]) => [`${path}.${name}`, inner]));
  });
}

function grow(tree: Tree, path: string): void {
  if (path === '' || path.split('.').includes(''))
    throw new MongoError(40353, "FieldPath must not end with a '.'.");
  if (path.startsWith('$')) throw new MongoError(16410, `FieldPath field names may not start with '$'.`);
  const steps = path.split('.');
  let at = tree;
  for (const [i, step] of steps.entries()) {
    const known = Object.hasOwn(at, step) ? at[step] : undefined;
    const last = i === steps.length - 1;
    if (known === true || (known && last)) throw new MongoError(31250, `Path collision at ${path}`);
    if (last) at[step] = true;
    else at = at[step] = known ?? (Object.create(null) as Tree);
  }
}

function include(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => include(item, tree)).filter((item) => item !== undefined);
  }
  if (!isPlainObject(value)) return undefined;
  const kept: Doc = {};
  for (const [name, field] of Object.entries(value)) {
    const below = Object.hasOwn(tree, name) ? tree[name] : undefined;
    const inner = below === true ? field : below && include(field, below);
    if (inner !== undefined) kept[name] = inner;
  }
  return kept;
}

function exclude(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => exclude(item, tree));
  if (!isPlainObject(value)) return value;
  const kept: Doc = {};
  for (const [name, field] of Object.entries(value)) {
    const below = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (below === true) continue;
    kept[name] = below ? exclude(field, below) : field;
  }
  return kept;
}

function computed(
  path: string,
  value: unknown,
  decide: (mode: boolean, path: string) => void,
  variables: Doc | undefined,
): Change {
  const steps = path.split('.');
  const operator = isPlainObject(value) ? Object.keys(value)[0] : undefined;
  const operand = operator === undefined ? undefined : (value as Doc)[operator];
  if (operator === '$elemMatch') {
    decide(true, path);
    const test = elementTest(operand);
    return (source, target) => {
      const array = getAt(source, steps);
      const found = Array.isArray(array) ? array.findIndex(test) : -1;
      if (found !== -1) setAt(target, steps, [(array as unknown[])[found]]);
    };
  }
  if (operator === '$meta') throw new MongoError(238, '$meta is not supported by the embedded database');
  // Any other value is an aggregation expression and makes the projection an inclusion.
  decide(true, path);
  const compute = compileExpression(plain(value), variables);
  return (source, target) => {
    const result = compute(plainDoc(source));
    if (result !== undefined) setAt(target, steps, result);
  };
}

/** True for the projection operator; $slice with other operands is an aggregation expression. */
function isSlice(value: unknown): value is { $slice: unknown } {
  const operand = isPlainObject(value) && Object.keys(value)[0] === '$slice' ? value['$slice'] : undefined;
  return isNumber(operand) || (Array.isArray(operand) && operand.length === 2 && operand.every(isNumber));
}

function slice(path: string, operand: unknown): Change {
  const steps = path.split('.');
  const cut = slicer(operand);
  return (_, target) => {
    const array = getAt(target, steps);
    if (Array.isArray(array)) setAt(target, steps, cut(array));
  };
}

function slicer(operand: unknown): (array: unknown[]) => unknown[] {
  if (!Array.isArray(operand)) {
    const count = asInteger(operand) ?? 0;
    return (array) => (count >= 0 ? array.slice(0, count) : array.slice(count));
  }
  const [skip = 0, count = 0] = operand.map((number) => asInteger(number));
  if (count <= 0) throw new MongoError(28724, '$slice limit must be positive');
  return (array) => {
    const from = skip >= 0 ? skip : Math.max(array.length + skip, 0);
    return array.slice(from, from + count);
  };
}

function elementTest(operand: unknown): (item: unknown) => boolean {
  if (!isPlainObject(operand)) throw new MongoError(31274, 'elemMatch: Invalid argument, object required');
  if (isOperatorDocument(operand)) {
    const test = leafPredicate(operand);
    return (item) => test([item]);
  }
  const matcher = new Matcher(operand);
  return (item) => isPlainObject(item) && matcher.matches(item);
}

function positional(path: string, filter: Doc): Change {
  const find = positionFinder(filter);
  const steps = path.split('.');
  return (source, target) => {
    const array = getAt(source, steps);
    if (!Array.isArray(array)) return;
    const at = find(source, steps);
    if (at === undefined) {
      throw new MongoError(
        51246,
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    }
    setAt(target, steps, [array[at] as unknown]);
  };
}
