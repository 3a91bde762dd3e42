import { Aggregator } from 'mingo/aggregator';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { plain, plainDoc, restoreTypes } from '../bson/plain.js';
import { MongoError } from '../mongo-error.js';
import { mingoOptions } from '../query/expression.js';
import type { Update } from './update.js';

const STAGES = ['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith'];

/** Compiles an update that is an aggregation pipeline. */
export function pipelineUpdate(pipeline: readonly unknown[], variables: Doc = {}): Update {
  const stages = pipeline.map((stage) => {
    if (!isPlainObject(stage) || Object.keys(stage).length !== 1) {
      throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    const name = Object.keys(stage)[0]!;
    if (!STAGES.includes(name)) {
      throw new MongoError(72, `${name} is not allowed to be used within an update`);
    }
    return plainDoc(stage);
  });
  const values = plainDoc(variables);
  return (doc) => {
    // Each run needs its own aggregator, because $$NOW is fixed on construction.
    const [result] = new Aggregator(stages as never, mingoOptions(values) as never).run([
      plainDoc(doc),
    ]) as Doc[];
    return restoreTypes(plain(result), doc) as Doc;
  };
}
