import { decodeTyped, encodeForStorage, isPlainObject, type Doc } from '../bson/codec.js';
import { asFlag, asInteger } from '../bson/numbers.js';
import { asMongoError, MongoError } from '../mongo-error.js';
import { Matcher } from '../query/matcher.js';
import { applyUpdate } from '../update/apply.js';
import { newDocument } from '../update/new-document.js';
import { compileUpdate, isReplacement } from '../update/update.js';
import {
  assertSimpleCollation,
  collectionName,
  findCollection,
  variablesOf,
  type Call,
  type Command,
} from './command.js';
import { OK } from './handshake.js';
import { applyUpsert, changeAll, changeFirst } from './write-statement.js';

const MAX_STATEMENTS = 100_000;
const INSERT_SLICE_MS = 15;

interface Outcome {
  n: number;
  nModified?: number;
  upserted?: Doc[];
  writeErrors: Doc[];
}

/** The statements of a write, from the body or from a document sequence. */
function statements<T>(
  call: Call,
  field: string,
  fromBytes: (bytes: Buffer) => T,
  fromDoc: (doc: Doc) => T,
): T[] {
  const beside = call.sequences.get(field);
  const inside = call.body[field];
  if (!beside && !Array.isArray(inside)) {
    throw new MongoError(40414, `BSON field '${call.name}.${field}' is missing but a required field`);
  }
  const length = beside?.length ?? (inside as unknown[]).length;
  if (length < 1 || length > MAX_STATEMENTS) {
    throw new MongoError(
      16,
      `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${length} operations.`,
    );
  }
  return beside
    ? beside.map(fromBytes)
    : (inside as unknown[]).map((doc) => {
        if (!isPlainObject(doc))
          throw new MongoError(
            14,
            `BSON field '${call.name}.${field}.0' is the wrong type, expected type 'object'`,
          );
        return fromDoc(doc);
      });
}

const stopsAtError = (call: Call): boolean =>
  call.body['ordered'] === undefined || asFlag(call.body['ordered']);

const writeError = (index: number, error: unknown): Doc => {
  const { code, message, details } = asMongoError(error);
  return { index, code, ...details, errmsg: message };
};

function reply({ n, nModified, upserted, writeErrors }: Outcome): Doc {
  return {
    n,
    ...(nModified === undefined ? {} : { nModified }),
    ...(upserted?.length ? { upserted } : {}),
    ...(writeErrors.length > 0 ? { writeErrors } : {}),
    ...OK,
  };
}

async function insert(call: Call): Promise<Doc> {
  const name = collectionName(call);
  const { catalog } = call.server;
  const documents = statements(
    call,
    'documents',
    (bytes) => () => newDocument(bytes),
    (doc) => () => newDocument(encodeForStorage(doc)),
  );
  const ordered = stopsAtError(call);
  const outcome: Outcome = { n: 0, writeErrors: [] };
  let at = 0;
  const insertSome = (): void => {
    // Long enough to be worth a commit, short enough not to delay other clients.
    const until = performance.now() + INSERT_SLICE_MS;
    for (; at < documents.length && performance.now() < until; at++) {
      try {
        const { doc, bytes } = documents[at]!();
        catalog.findOrCreate(call.database, name).insert(doc, bytes);
        outcome.n++;
      } catch (error) {
        outcome.writeErrors.push(writeError(at, error));
        if (ordered) at = documents.length;
      }
    }
  };
  while (at < documents.length) await catalog.engine.write(insertSome);
  return reply(outcome);
}

async function eachStatement(
  call: Call,
  field: 'updates' | 'deletes',
  outcome: Outcome,
  run: (statement: Doc, index: number) => Promise<void>,
): Promise<Doc> {
  const decoded = statements(call, field, decodeTyped, (doc) => doc);
  for (const statement of decoded) assertFields(`${call.name}.${field}`, statement, STATEMENT_FIELDS[field]);
  for (const [index, statement] of decoded.entries()) {
    try {
      await run(statement, index);
    } catch (error) {
      outcome.writeErrors.push(writeError(index, error));
      if (stopsAtError(call)) break;
    }
  }
  return reply(outcome);
}

const STATEMENT_FIELDS = {
  updates: 'q u c multi upsert arrayFilters hint collation upsertSupplied'.split(' '),
  deletes: 'q limit hint collation'.split(' '),
} as const;

/** Throws for a statement of the wrong form; the whole command is refused before any write. */
function assertFields(kind: string, statement: Doc, fields: readonly string[]): void {
  for (const field of Object.keys(statement)) {
    if (!fields.includes(field))
      throw new MongoError(40415, `BSON field '${kind}.${field}' is an unknown field.`);
  }
  if (!isPlainObject(statement['q']))
    throw new MongoError(40414, `BSON field '${kind}.q' is missing but a required field`);
}

function filterOf(statement: Doc, variables: Doc): Doc {
  assertSimpleCollation(statement['collation']);
  const filter = statement['q'] as Doc;
  void new Matcher(filter, variables);
  return filter;
}

function update(call: Call): Promise<Doc> {
  const name = collectionName(call);
  const { catalog } = call.server;
  const variables = variablesOf(call);
  const outcome: Outcome = { n: 0, nModified: 0, upserted: [], writeErrors: [] };
  return eachStatement(call, 'updates', outcome, async (statement, index) => {
    const filter = filterOf(statement, variables);
    const multi = asFlag(statement['multi']);
    if (multi && isReplacement(statement['u']))
      throw new MongoError(9, 'multi update is not supported for replacement-style update');
    const compiled = compileUpdate(statement['u'], filter, {
      arrayFilters: statement['arrayFilters'],
      variables: { ...variables, ...((statement['c'] ?? {}) as Doc) },
    });
    const upserted: Doc[] = [];
    const insertOne = (): void => {
      if (!asFlag(statement['upsert'])) return;
      const doc = applyUpsert(catalog, call.database, name, filter, compiled, isReplacement(statement['u']));
      upserted.push({ index, _id: doc['_id'] });
    };
    let matched = 0;
    const collection = findCollection(call);
    const change = (found: Parameters<typeof applyUpdate>[1]): void => {
      const { modified } = applyUpdate(collection!, found, compiled);
      matched++;
      outcome.n++;
      if (modified) outcome.nModified!++;
    };
    const options = { hint: statement['hint'], variables };
    if (!collection) await catalog.engine.write(insertOne);
    else if (!multi) await changeFirst(catalog, collection, filter, options, change, insertOne);
    else {
      await changeAll(catalog, collection, filter, options, change);
      if (matched === 0) await catalog.engine.write(insertOne);
    }
    outcome.n += upserted.length;
    outcome.upserted!.push(...upserted);
  });
}

function remove(call: Call): Promise<Doc> {
  const { catalog } = call.server;
  const variables = variablesOf(call);
  const outcome: Outcome = { n: 0, writeErrors: [] };
  return eachStatement(call, 'deletes', outcome, async (statement) => {
    const filter = filterOf(statement, variables);
    const limit = asInteger(statement['limit']);
    if (limit !== 0 && limit !== 1) {
      throw new MongoError(
        9,
        `The limit field in delete objects must be 0 or 1. Got ${String(statement['limit'])}`,
      );
    }
    const collection = findCollection(call);
    if (!collection) return;
    const change = (found: Parameters<typeof applyUpdate>[1]): void => {
      collection.remove(found.record, found);
      outcome.n++;
    };
    const options = { hint: statement['hint'], variables };
    if (limit === 1) await changeFirst(catalog, collection, filter, options, change, () => undefined);
    else await changeAll(catalog, collection, filter, options, change);
  });
}

/** Commands that change documents. */
export const writeCommands: Readonly<Record<string, Command>> = {
  insert: { fields: ['documents', 'ordered', 'bypassDocumentValidation'], run: insert },
  update: { fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'], run: update },
  delete: { fields: ['deletes', 'ordered', 'let'], run: remove },
};
