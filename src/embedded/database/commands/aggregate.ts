import { encode, isPlainObject, type Doc } from '../bson/codec.js';
import { plainDoc } from '../bson/plain.js';
import { runPipeline, throughStages } from '../aggregation/pipeline.js';
import { ServerCursor } from '../cursors/server-cursor.js';
import { MongoError } from '../errors.js';
import type { RawReply } from '../wire/cursor-reply.js';
import { asFlag, asInteger } from '../bson/numbers.js';
import { explain } from './explain.js';
import {
  assertSimpleCollation,
  documentArgument,
  findCollection,
  namespaceOf,
  type Call,
  type Command,
} from './command.js';

async function aggregate(call: Call): Promise<Doc | RawReply> {
  if (typeof call.body['aggregate'] !== 'string') {
    throw new MongoError(238, 'aggregations without a collection are not supported by the embedded database');
  }
  assertSimpleCollation(call.body['collation']);
  if (asFlag(call.body['explain'])) return explain(call, call.body, 'queryPlanner');
  const pipeline = call.body['pipeline'];
  if (!Array.isArray(pipeline)) throw new MongoError(14, "'pipeline' option must be specified as an array");
  if (!isPlainObject(call.body['cursor'])) {
    throw new MongoError(
      9,
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  }
  const surroundings = {
    catalog: call.server.catalog,
    database: call.database,
    variables: plainDoc(documentArgument(call, 'let')),
    pipelines: { run: runPipeline, through: throughStages },
  };
  const stream = runPipeline(findCollection(call), pipeline as Doc[], surroundings, call.body['hint']);
  const documents = async function* (): AsyncGenerator<Buffer[]> {
    for await (const piece of stream) if (piece.length > 0) yield piece.map((doc) => encode(doc));
  };
  const batchSize = asInteger(call.body['cursor']['batchSize']);
  return call.server.cursors.start(new ServerCursor(namespaceOf(call), documents()), batchSize, false);
}

/** The aggregation framework. */
export const aggregateCommands: Readonly<Record<string, Command>> = {
  aggregate: {
    fields:
      'pipeline cursor allowDiskUse hint let collation bypassDocumentValidation explain fromMongos needsMerge'.split(
        ' ',
      ),
    run: aggregate,
  },
};
