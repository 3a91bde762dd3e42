import { Types, type HydratedDocument, type Model, type QueryFilter } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from './connection.js';

const CURSOR = /^[0-9a-f]{24}$/;

/**
 * A page of the documents that match `where`, newest first: an ObjectId begins with the time at which it was made.
 * Throws BadInputError.
 */
export async function newestPage<T>(
  documents: Model<T>,
  where: QueryFilter<T>,
  first: number,
  after: string | null | undefined,
): Promise<Page<HydratedDocument<T>>> {
  const from = after ? { _id: { $lt: new Types.ObjectId(decodeCursor(after, CURSOR)) } } : {};
  const found = await documents
    .find({ ...where, ...from } as QueryFilter<T>)
    .sort({ _id: -1 })
    .limit(pageSize(first) + 1);
  const isAll = Object.keys(where).length === 0;
  return toPage(
    found as HydratedDocument<T>[],
    first,
    (document) => String(document._id),
    () => (isAll ? documents.estimatedDocumentCount() : documents.countDocuments(where)).exec(),
  );
}
