import { ObjectId } from 'bson';
import { encodeForStorage, type Doc } from '../bson/codec.js';
import { isNullish } from '../bson/compare.js';
import { plain, plainDoc } from '../bson/plain.js';
import { MongoError } from '../mongo-error.js';
import { compileExpression } from '../query/expression.js';
import { Search } from '../query/search.js';
import type { Collection } from '../storage/collection.js';
import { applyUpdate } from '../update/apply.js';
import { getAt } from '../update/document-path.js';
import { newDocument } from '../update/new-document.js';
import { compileUpdate, keepingId, replacement, type Update } from '../update/update.js';
import { mergeOptions, type MergeOptions } from './merge-options.js';
import type { Stream, WriteStage } from './stream.js';
import { namespaceIn } from './target.js';
import { withStored } from './temporary.js';

const SLICE_MS = 15;

/**
 * `$merge`: inserts each document into a collection or updates the existing one. All input is computed before the first
 * write: written documents cannot come back as input, and a pipeline that fails changes nothing.
 */
export function mergeInto(spec: unknown): WriteStage {
  const options = mergeOptions(spec);
  return async (input, context) => {
    const { catalog } = context;
    const { database, name } = namespaceIn(options.into, context.database);
    assertUnique(catalog.find(database, name), options.on);
    const changeOf = changes(options);
    const mergeOne = (source: Doc): void => {
      const filter = joinFilter(source, options.on);
      const target = catalog.find(database, name);
      const found = target && new Search(target, filter).firstNow(Infinity);
      if (target && found && found !== 'later' && options.whenMatched !== 'fail') {
        const change = changeOf(source);
        if (change) applyUpdate(target, found, change);
      } else if (options.whenNotMatched === 'insert') {
        const { doc, bytes } = newDocument(encodeForStorage(source));
        catalog.findOrCreate(database, name).insert(doc, bytes);
      } else if (options.whenNotMatched === 'fail') {
        throw new MongoError(
          13113,
          '$merge could not find a matching document in the target collection for at least one document in the source collection',
        );
      }
    };
    await withStored(catalog, database, [], wrapped(input), async (stored) => {
      for await (const piece of new Search(stored, {}).pieces()) {
        const sources = piece.map(({ doc }) => doc['doc'] as Doc);
        for (let at = 0; at < sources.length;) {
          await catalog.engine.write(() => {
            for (
              const until = performance.now() + SLICE_MS;
              at < sources.length && performance.now() < until;
              at++
            )
              mergeOne(sources[at]!);
          });
        }
      }
    });
  };
}

/** Wraps each document in another one, so that a document without an `_id` keeps having none. */
async function* wrapped(input: Stream): AsyncGenerator<Doc[]> {
  let number = 0;
  for await (const piece of input) yield piece.map((doc) => ({ _id: number++, doc }));
}

function assertUnique(target: Collection | undefined, on: readonly string[]): void {
  if (on.length === 1 && on[0] === '_id') return;
  const unique = target?.indexes.some(
    (index) =>
      index.unique &&
      !index.building &&
      !index.partial &&
      index.fields.length === on.length &&
      index.fields.every(({ path }) => on.includes(path)),
  );
  if (!unique) throw new MongoError(51183, 'Cannot find index to verify that join fields will be unique');
}

/** Finds the existing document with the same `on` fields. A missing `_id` is generated first, as on insert. */
function joinFilter(source: Doc, on: readonly string[]): Doc {
  if (on.includes('_id') && source['_id'] === undefined) source['_id'] = new ObjectId();
  return Object.fromEntries(
    on.map((path) => {
      const value = getAt(source, path.split('.'));
      if (isNullish(value))
        throw new MongoError(
          51132,
          `$merge write error: 'on' field '${path}' cannot be missing, null, undefined or an array`,
        );
      if (Array.isArray(value))
        throw new MongoError(51185, `$merge write error: 'on' field '${path}' cannot be an array`);
      return [path, { $eq: value }];
    }),
  );
}

/** The update for an existing document; undefined if the existing document stays unchanged. */
function changes({ whenMatched, variables }: MergeOptions): (source: Doc) => Update | undefined {
  if (whenMatched === 'replace') return replacement;
  if (whenMatched === 'merge') return (source) => keepingId((before) => ({ ...before, ...source }));
  if (typeof whenMatched === 'string') return () => undefined;
  const compute = Object.entries(variables).map(
    ([name, expression]) => [name, compileExpression(plain(expression))] as const,
  );
  return (source) => {
    const root = plainDoc(source);
    const bound = Object.fromEntries(compute.map(([name, value]) => [name, value(root) ?? null]));
    return compileUpdate(whenMatched, {}, { variables: bound });
  };
}
