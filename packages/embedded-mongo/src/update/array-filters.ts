import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { Matcher } from '../query/matcher.js';

/** The array filters of an update, by the identifier used in `$[identifier]`. */
export class ArrayFilters {
  private readonly byName = new Map<string, Matcher>();

  constructor(filters: unknown) {
    if (filters === undefined) return;
    if (!Array.isArray(filters)) throw new MongoError(14, 'arrayFilters must be an array');
    for (const filter of filters as unknown[]) {
      if (!isPlainObject(filter)) throw new MongoError(14, 'arrayFilters must contain only objects');
      const name = nameOf(filter);
      if (name === undefined)
        throw new MongoError(9, 'Cannot use an expression without a top-level field name in arrayFilters');
      if (this.byName.has(name))
        throw new MongoError(9, `Found multiple array filters with the same top-level field name ${name}`);
      this.byName.set(name, new Matcher(filter));
    }
  }

  get(name: string, path: string): Matcher {
    const matcher = this.byName.get(name);
    if (!matcher) throw new MongoError(2, `No array filter found for identifier '${name}' in path '${path}'`);
    return matcher;
  }

  /** Throws if no path uses one of the filters, as MongoDB does. */
  assertUsed(paths: readonly string[], update: string): void {
    for (const name of this.byName.keys()) {
      if (!paths.some((path) => path.includes(`$[${name}]`))) {
        throw new MongoError(
          9,
          `The array filter for identifier '${name}' was not used in the update ${update}`,
        );
      }
    }
  }
}

function nameOf(filter: Doc): string | undefined {
  for (const [name, value] of Object.entries(filter)) {
    if (!name.startsWith('$')) return name.split('.')[0];
    if (!Array.isArray(value)) continue;
    for (const part of value as unknown[]) {
      const inner = isPlainObject(part) ? nameOf(part) : undefined;
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
