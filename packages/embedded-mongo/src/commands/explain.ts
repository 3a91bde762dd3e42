import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { openingOf } from '../aggregation/pipeline.js';
import { explainPlan } from '../query/plan.js';
import { Search } from '../query/search.js';
import {
  assertSimpleCollation,
  findCollection,
  namespaceOf,
  variablesOf,
  type Call,
  type Command,
} from './command.js';
import { OK, VERSION } from './handshake.js';
import { findSearch } from './reads.js';

/** Runs the search of a command and describes its plan; never writes. */
export async function explain(call: Call, inner: unknown, verbosity: unknown): Promise<Doc> {
  if (!isPlainObject(inner))
    throw new MongoError(14, "BSON field 'explain.explain' is the wrong type, expected type 'object'");
  const name = Object.keys(inner)[0] ?? '';
  const explained: Call = { ...call, name, body: inner };
  const search = searchOf(explained);
  const started = performance.now();
  let nReturned = 0;
  if (search && verbosity !== 'queryPlanner')
    for await (const piece of search.pieces()) nReturned += piece.length;
  const filter = search?.filter ?? {};
  const sort =
    search?.options.sort &&
    Object.fromEntries(search.options.sort.map(({ path, descending }) => [path, descending ? -1 : 1]));
  return {
    explainVersion: '1',
    queryPlanner: {
      namespace: namespaceOf(explained),
      parsedQuery: filter,
      winningPlan: search ? explainPlan(search.plan, filter, sort) : { stage: 'EOF' },
      rejectedPlans: [],
    },
    ...(verbosity === 'queryPlanner'
      ? {}
      : {
          executionStats: {
            executionSuccess: true,
            nReturned,
            executionTimeMillis: Math.round(performance.now() - started),
            totalKeysExamined: search?.examined.keys ?? 0,
            totalDocsExamined: search?.examined.docs ?? 0,
          },
        }),
    command: inner,
    serverInfo: { version: VERSION },
    ...OK,
  };
}

function searchOf(call: Call): Search | undefined {
  assertSimpleCollation(call.body['collation']);
  switch (call.name) {
    case 'find':
      return findSearch(call);
    case 'count':
    case 'distinct':
    case 'findAndModify':
      return search(call, call.body['query']);
    case 'aggregate':
      return opening(call);
    case 'update':
      return search(call, firstStatement(call.body['updates']));
    case 'delete':
      return search(call, firstStatement(call.body['deletes']));
    default:
      throw new MongoError(59, `Explain failed due to unknown command: ${call.name}`);
  }
}

function search(call: Call, filter: unknown): Search | undefined {
  const collection = findCollection(call);
  return (
    collection &&
    new Search(collection, isPlainObject(filter) ? filter : {}, { variables: variablesOf(call) })
  );
}

const firstStatement = (statements: unknown): unknown =>
  Array.isArray(statements) ? (statements[0] as Doc)['q'] : undefined;

function opening(call: Call): Search | undefined {
  const collection = findCollection(call);
  const pipeline = call.body['pipeline'];
  if (!collection || !Array.isArray(pipeline)) return undefined;
  const { filter, options } = openingOf(pipeline as Doc[], call.body['hint'], variablesOf(call));
  return new Search(collection, filter, options);
}

export const explainCommands: Readonly<Record<string, Command>> = {
  explain: {
    fields: ['verbosity'],
    run: (call) => explain(call, call.body['explain'], call.body['verbosity']),
  },
};
