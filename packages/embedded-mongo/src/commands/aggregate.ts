import { Long } from 'bson';
import { encode, isPlainObject, type Doc } from '../bson/codec.js';
import { plain } from '../bson/plain.js';
import { keepTypes } from '../aggregation/mingo-stages.js';
import { runPipeline, throughStages } from '../aggregation/pipeline.js';
import { inPieces, type Stream, type StageContext } from '../aggregation/stream.js';
import { splitWriteStage } from '../aggregation/write-stage.js';
import { ServerCursor } from '../cursors/server-cursor.js';
import { MongoError } from '../mongo-error.js';
import { compileExpression } from '../query/expression.js';
import { cursorReply, type RawReply } from '../wire/raw-reply.js';
import { asFlag, asInteger } from '../bson/numbers.js';
import { explain } from './explain.js';
import {
  assertSimpleCollation,
  findCollection,
  namespaceOf,
  variablesOf,
  type Call,
  type Command,
} from './command.js';

async function aggregate(call: Call): Promise<Doc | RawReply> {
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
  const { stages, write } = splitWriteStage(pipeline as Doc[]);
  const context = {
    catalog: call.server.catalog,
    database: call.database,
    variables: variablesOf(call),
    typed: write !== undefined && keepTypes(stages),
    pipelines: { run: runPipeline, through: throughStages },
  };
  const whole = asInteger(call.body['aggregate']) === 1;
  const namespace = whole ? `${call.database}.$cmd.aggregate` : namespaceOf(call);
  const stream = whole
    ? withoutCollection(stages, context)
    : runPipeline(findCollection(call), stages, context, call.body['hint']);
  if (write) {
    await write(stream, context);
    return cursorReply('firstBatch', [], Long.ZERO, namespace);
  }
  const documents = async function* (): AsyncGenerator<Buffer[]> {
    for await (const piece of stream) if (piece.length > 0) yield piece.map((doc) => encode(doc));
  };
  const batchSize = asInteger(call.body['cursor']['batchSize']);
  return call.server.cursors.start(new ServerCursor(namespace, documents()), batchSize, false);
}

/** `{ aggregate: 1 }` has no collection; its first stage provides the documents. */
function withoutCollection(stages: readonly Doc[], context: StageContext): Stream {
  const [name = ''] = isPlainObject(stages[0]) ? Object.keys(stages[0]) : [];
  if (name !== '$documents') {
    throw new MongoError(
      238,
      `'${name}' without a collection is not supported by the embedded database, only $documents is`,
    );
  }
  const documents = compileExpression(plain(stages[0]!['$documents']), context.variables)({});
  if (!Array.isArray(documents) || !documents.every(isPlainObject))
    throw new MongoError(5858203, '$documents must be an array of objects');
  return throughStages(inPieces(documents), stages.slice(1), context);
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
