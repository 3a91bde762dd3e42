import { ObjectId } from 'bson';
import { encodeForStorage, type Doc } from '../bson/codec.js';
import { isNullish } from '../bson/compare.js';
import { plain, plainDoc } from '../bson/plain.js';
import { MongoError } from '../errors.js';
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
 * `$merge`: puts each document into a collection, beside or in the place of the one that is the same. All are worked out
 * before the first is put there: what is written cannot come round again as input, and a failed pipeline changes nothing.
 */
export function mergeInto(spec: unknown): WriteStage {
  const options = mergeOptions(spec);
  return async (input, surroundings) => {
    const { catalog } = surroundings;
    const { database, name } = namespaceIn(options.into, surroundings.database);
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

/** Each document within another, so that one without an `_id` stays so. */
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

/** Finds the document that is the same as this one. A missing `_id` is made up first, as it would be on insert. */
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

/** What an arriving document does to the one that is the same; undefined where that one stays as it is. */
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
