import { isPlainObject, type Doc } from '../bson/codec.js';
import { equalValues } from '../bson/compare.js';
import { MongoError } from '../mongo-error.js';
import { shellText } from '../bson/shell-text.js';
import { arrayChange } from './array-operators.js';
import { ArrayFilters } from './array-filters.js';
import { concretePaths, positionFinder } from './array-paths.js';
import { getAt, setAt, unsetAt } from './document-path.js';
import { fieldChange, type FieldChange } from './field-operators.js';
import { pipelineUpdate } from './pipeline-update.js';

const OPERATORS =
  '$set $setOnInsert $unset $inc $mul $min $max $currentDate $bit $rename $push $addToSet $pop $pull $pullAll'.split(
    ' ',
  );

/** Applies an update to a document, which may be changed in place. $setOnInsert applies only if `inserting`. */
export type Update = (doc: Doc, inserting: boolean) => Doc;

interface Step {
  readonly path: string;
  readonly insertOnly: boolean;
  readonly change: FieldChange;
}

export interface UpdateOptions {
  readonly arrayFilters?: unknown;
  readonly variables?: Doc;
}

/** Checks and compiles an update: operators, a replacement, or a pipeline. */
export function compileUpdate(spec: unknown, filter: Doc, options: UpdateOptions = {}): Update {
  if (Array.isArray(spec)) {
    if (options.arrayFilters !== undefined)
      throw new MongoError(9, 'arrayFilters may not be specified for pipeline-syle updates');
    return keepingId(restoringId(pipelineUpdate(spec, options.variables)));
  }
  if (!isPlainObject(spec)) throw new MongoError(9, 'Update argument must be either an object or an array');
  if (isReplacement(spec)) {
    if (options.arrayFilters !== undefined)
      throw new MongoError(9, 'arrayFilters may not be specified for replacement-style updates');
    return replacement(spec);
  }
  return keepingId(operators(spec, filter, new ArrayFilters(options.arrayFilters)));
}

export const isReplacement = (spec: unknown): spec is Doc =>
  isPlainObject(spec) && !Object.keys(spec)[0]?.startsWith('$');

/** Replaces a document; the `_id` stays. */
export function replacement(spec: Doc): Update {
  for (const name of Object.keys(spec)) if (name.startsWith('$')) throw dollarField(name);
  return (doc) => {
    const id = doc['_id'];
    if (spec['_id'] !== undefined && id !== undefined && !equalValues(spec['_id'], id)) {
      throw new MongoError(
        66,
        `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${shellText(spec['_id'])}`,
      );
    }
    const { _id: own, ...rest } = spec;
    return { _id: id === undefined ? own : id, ...rest };
  };
}

const dollarField = (name: string): MongoError =>
  new MongoError(
    52,
    `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
  );

function operators(spec: Doc, filter: Doc, filters: ArrayFilters): Update {
  const steps = Object.entries(spec).flatMap(([operator, fields]) => stepsOf(operator, fields));
  const paths = steps.map(({ path }) => path);
  assertNoConflict(paths);
  filters.assertUsed(paths, shellText(spec));
  // MongoDB applies paths in lexicographic order, so new fields appear sorted by name.
  steps.sort((a, b) => (a.path < b.path ? -1 : 1));
  const position = positionFinder(filter);
  return (doc, inserting) => {
    const before = steps.some(({ path }) => path.includes('.$'))
      ? structuredPositions(doc, steps, filters, position)
      : undefined;
    for (const step of steps) {
      if (step.insertOnly && !inserting) continue;
      const targets = before?.get(step) ?? [step.path.split('.')];
      for (const target of targets) step.change(doc, target);
    }
    return doc;
  };
}

/** Resolves positions before any change, because `$` refers to the document as the filter matched it. */
function structuredPositions(
  doc: Doc,
  steps: Step[],
  filters: ArrayFilters,
  position: ReturnType<typeof positionFinder>,
) {
  return new Map(steps.map((step) => [step, concretePaths(doc, step.path, filters, position)]));
}

function stepsOf(operator: string, fields: unknown): Step[] {
  if (!OPERATORS.includes(operator)) {
    throw new MongoError(
      9,
      `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    );
  }
  if (!isPlainObject(fields)) {
    throw new MongoError(
      9,
      `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${shellText(fields)}}`,
    );
  }
  return Object.entries(fields).flatMap(([path, operand]) => {
    assertPath(path);
    if (operator === '$rename') return rename(path, operand);
    const change = fieldChange(operator, path, operand) ?? arrayChange(operator, path, operand);
    return change ? [{ path, insertOnly: operator === '$setOnInsert', change }] : [];
  });
}

function rename(from: string, to: unknown): Step[] {
  if (typeof to !== 'string')
    throw new MongoError(2, `The 'to' field for $rename must be a string: ${from}: ${shellText(to)}`);
  assertPath(to);
  if (from === to)
    throw new MongoError(2, `The source and target field for $rename must differ: ${from}: "${to}"`);
  if (`${from}.${to}`.includes('$'))
    throw new MongoError(2, `The source field for $rename may not be dynamic: ${from}`);
  const change: FieldChange = (doc) => {
    const value = getAt(doc, from.split('.'));
    if (value === undefined) return;
    unsetAt(doc, from.split('.'));
    setAt(doc, to.split('.'), value);
  };
  return [
    { path: from, insertOnly: false, change },
    { path: to, insertOnly: false, change: () => undefined },
  ];
}

function assertPath(path: string): void {
  if (path === '') throw new MongoError(56, 'An empty update path is not valid.');
  const steps = path.split('.');
  if (steps.includes(''))
    throw new MongoError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  if (steps[0]!.startsWith('$'))
    throw new MongoError(
      52,
      `The dollar ($) prefixed field '${steps[0]}' in '${path}' is not valid for storage.`,
    );
}

function assertNoConflict(paths: readonly string[]): void {
  const sorted = [...paths].sort();
  sorted.forEach((path, i) => {
    const next = sorted.slice(i + 1).find((other) => other === path || other.startsWith(`${path}.`));
    if (next !== undefined)
      throw new MongoError(40, `Updating the path '${next}' would create a conflict at '${path}'`);
  });
}

/** Restores an `_id` that the pipeline left out, as a replacement does. */
const restoringId =
  (update: Update): Update =>
  (doc, inserting) => {
    const id = doc['_id'];
    const { _id: own, ...rest } = update(doc, inserting);
    return { _id: own === undefined ? id : own, ...rest };
  };

/** Throws if an update would change the `_id`. */
export function keepingId(update: Update): Update {
  return (doc, inserting) => {
    const id = doc['_id'];
    const after = update(doc, inserting);
    if (id !== undefined && (after['_id'] === undefined || !equalValues(after['_id'], id))) {
      throw new MongoError(
        66,
        "Performing an update on the path '_id' would modify the immutable field '_id'",
      );
    }
    return after;
  };
}
