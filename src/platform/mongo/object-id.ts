import { NotFoundError } from '../errors/domain-error.js';
import { quotedId } from '../logging/printable.js';

const OBJECT_ID = /^[0-9a-f]{24}$/;

/** Returns an id from a client. Throws NotFoundError when it does not have the form of an id. */
export function checkedId(what: string, id: string): string {
  if (!OBJECT_ID.test(id)) throw new NotFoundError(what, quotedId(id));
  return id;
}
