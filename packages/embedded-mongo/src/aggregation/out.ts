import { encode, type Doc } from '../bson/codec.js';
import { MongoError } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import type { WriteStage } from './stream.js';
import { namespaceIn, targetOf } from './target.js';
import { withStored } from './temporary.js';

/** `$out`: a collection of these documents and no others. Until all are stored, and after a failure, the old one stays. */
export function replaceCollection(spec: unknown): WriteStage {
  const target = targetOf(spec, '$out', 16990);
  return async (input, surroundings) => {
    const { catalog } = surroundings;
    const { database, name } = namespaceIn(target, surroundings.database);
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

/** What the indexes are beside the one on `_id`. */
const indexSpecs = (collection: Collection | undefined): Doc[] =>
  (collection?.indexes ?? []).filter((index) => !index.isId).map(({ spec }) => spec);

const sameSpecs = (a: readonly Doc[], b: readonly Doc[]): boolean =>
  encode({ specs: a }).equals(encode({ specs: b }));
