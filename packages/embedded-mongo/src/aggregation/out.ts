import { encode, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import type { Collection } from '../storage/collection.js';
import type { WriteStage } from './stream.js';
import { namespaceIn, targetOf } from './target.js';
import { withStored } from './temporary.js';

/** `$out`: replaces a collection by these documents. The old one stays until all are stored, and after a failure. */
export function replaceCollection(spec: unknown): WriteStage {
  const target = targetOf(spec, '$out', 16990);
  return async (input, context) => {
    const { catalog } = context;
    const { database, name } = namespaceIn(target, context.database);
    const before = catalog.find(database, name);
    const specs = indexSpecs(before);
    await withStored(catalog, database, specs, input, (stored) =>
      catalog.engine.write(() => {
        const replaced = catalog.find(database, name);
        if (!sameSpecs(specs, indexSpecs(replaced)))
          throw new MongoError(
            125,
            `indexes of target collection ${database}.${name} changed during processing.`,
          );
        catalog.rename(stored, name, before?.options ?? {});
      }),
    );
  };
}

/** The specifications of all indexes except the one on `_id`. */
const indexSpecs = (collection: Collection | undefined): Doc[] =>
  (collection?.indexes ?? []).filter((index) => !index.isId).map(({ spec }) => spec);

const sameSpecs = (a: readonly Doc[], b: readonly Doc[]): boolean =>
  encode({ specs: a }).equals(encode({ specs: b }));
