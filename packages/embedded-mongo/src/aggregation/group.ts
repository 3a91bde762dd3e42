import { isPlainObject, type Doc } from '../bson/codec.js';
import { valueKey } from '../bson/value-key.js';
import { MongoError } from '../mongo-error.js';
import { compileExpression } from '../query/expression.js';
import { accumulatorFactory, type Accumulator } from './accumulators.js';
import { collectedBy } from './mingo-stages.js';
import { inPieces, type Stream, type StageContext } from './stream.js';

/** $group over a stream: only the groups are kept in memory, not the documents. */
export async function* group(input: Stream, spec: unknown, context: StageContext): AsyncGenerator<Doc[]> {
  if (!isPlainObject(spec)) throw new MongoError(15947, "a group's fields must be specified in an object");
  if (!('_id' in spec)) throw new MongoError(15955, 'a group specification must include an _id');
  const fields = Object.entries(spec)
    .filter(([name]) => name !== '_id')
    .map(([name, value]) => fieldOf(name, value));
  if (fields.some(({ make }) => !make)) {
    yield* collectedBy('$group', input, spec, context);
    return;
  }
  const idOf = compileExpression(spec['_id'], context.variables);
  const compute = fields.map(({ operand }) => compileExpression(operand, context.variables));
  const groups = new Map<string, { id: unknown; accumulators: Accumulator[] }>();
  for await (const piece of input) {
    for (const doc of piece) {
      const id = idOf(doc) ?? null;
      const key = valueKey(id).toString('latin1');
      let found = groups.get(key);
      if (!found) groups.set(key, (found = { id, accumulators: fields.map(({ make }) => make!()) }));
      found.accumulators.forEach((accumulator, i) => accumulator.add(compute[i]!(doc)));
    }
  }
  const results = [...groups.values()].map(({ id, accumulators }) => ({
    _id: id,
    ...Object.fromEntries(accumulators.map((accumulator, i) => [fields[i]!.name, accumulator.result()])),
  }));
  yield* inPieces(results);
}

function fieldOf(name: string, value: unknown) {
  const operators = isPlainObject(value) ? Object.keys(value) : [];
  const operator = operators[0];
  if (operator === undefined || !operator.startsWith('$')) {
    throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
  }
  if (operators.length !== 1) throw new MongoError(40238, `The field '${name}' must specify one accumulator`);
  if (name.includes('.')) throw new MongoError(40235, `The field name '${name}' cannot contain '.'`);
  return { name, operand: (value as Doc)[operator], make: accumulatorFactory(operator) };
}
