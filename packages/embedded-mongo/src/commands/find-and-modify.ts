import type { Doc } from '../bson/codec.js';
import { asFlag } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { Matcher } from '../query/matcher.js';
import { projectionShape } from '../query/projection.js';
import { parseSort } from '../query/sort-key.js';
import { applyUpdate } from '../update/apply.js';
import { compileUpdate, isReplacement } from '../update/update.js';
import {
  assertSimpleCollation,
  collectionName,
  documentArgument,
  findCollection,
  variablesOf,
  type Call,
  type Command,
} from './command.js';
import { OK } from './handshake.js';
import { applyUpsert, changeFirst } from './write-statement.js';

interface Result {
  readonly value: Doc | null;
  readonly lastErrorObject: Doc;
}

async function findAndModify(call: Call): Promise<Doc> {
  assertSimpleCollation(call.body['collation']);
  const { catalog } = call.server;
  const name = collectionName(call);
  const filter = documentArgument(call, 'query');
  const variables = variablesOf(call);
  void new Matcher(filter, variables);
  const removes = asFlag(call.body['remove']);
  const upserts = asFlag(call.body['upsert']);
  const returnsNew = asFlag(call.body['new']);
  const spec = call.body['update'];
  if (removes && spec !== undefined) throw new MongoError(9, 'Cannot specify both an update and remove=true');
  if (removes && upserts) throw new MongoError(9, 'Cannot specify both upsert=true and remove=true ');
  if (removes && returnsNew)
    throw new MongoError(
      9,
      "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
    );
  if (!removes && spec === undefined)
    throw new MongoError(9, 'Either an update or remove=true must be specified');
  const shape = projectionShape(documentArgument(call, 'fields'), filter, variables) ?? ((doc: Doc) => doc);
  const update = removes
    ? undefined
    : compileUpdate(spec, filter, { arrayFilters: call.body['arrayFilters'], variables });
  const collection = findCollection(call);

  const otherwise = (): Result => {
    if (!upserts || !update)
      return { value: null, lastErrorObject: { n: 0, ...(removes ? {} : { updatedExisting: false }) } };
    const doc = applyUpsert(catalog, call.database, name, filter, update, isReplacement(spec));
    const lastErrorObject = { n: 1, updatedExisting: false, upserted: doc['_id'] };
    return { value: returnsNew ? shape(doc) : null, lastErrorObject };
  };
  const options = { sort: parseSort(call.body['sort']), hint: call.body['hint'], variables };
  const { value, lastErrorObject } = collection
    ? await changeFirst<Result>(
        catalog,
        collection,
        filter,
        options,
        (found) => {
          if (!update) {
            collection.remove(found.record, found);
            return { value: shape(found.doc), lastErrorObject: { n: 1 } };
          }
          const { before, after } = applyUpdate(collection, found, update);
          return {
            value: shape(returnsNew ? after : before),
            lastErrorObject: { n: 1, updatedExisting: true },
          };
        },
        otherwise,
      )
    : await catalog.engine.write(otherwise);
  return { lastErrorObject, value, ...OK };
}

/** Changes one document and returns it atomically. */
export const findAndModifyCommands: Readonly<Record<string, Command>> = {
  findAndModify: {
    fields:
      'query sort remove update new fields upsert bypassDocumentValidation collation arrayFilters hint let findandmodify'.split(
        ' ',
      ),
    run: findAndModify,
  },
};
