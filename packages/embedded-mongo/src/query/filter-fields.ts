import { isPlainObject, type Doc } from '../bson/codec.js';

/** The top-level fields a filter reads, or undefined if it may read any. */
export function filterFields(filter: Doc): ReadonlySet<string> | undefined {
  const fields = new Set<string>();
  return collect(filter, fields) ? fields : undefined;
}

function collect(filter: Doc, fields: Set<string>): boolean {
  return Object.entries(filter).every(([name, value]) => {
    if (name === '$comment') return true;
    if (['$and', '$or', '$nor'].includes(name) && Array.isArray(value))
      return value.every((clause: unknown) => isPlainObject(clause) && collect(clause, fields));
    if (name.startsWith('$')) return false;
    fields.add(name.split('.')[0]!);
    return true;
  });
}
