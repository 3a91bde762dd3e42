import { BSONRegExp } from 'bson';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { lookup } from '../bson/path.js';
import { MongoError } from '../mongo-error.js';
import { expressionPredicate } from './expression.js';
import { fieldPredicate, type LeafPredicate } from './field-operators.js';

/** Tells whether a document satisfies a filter. */
export type Predicate = (doc: Doc) => boolean;

/** A filter, checked and compiled once. Works on typed and on plain documents. */
export class Matcher {
  private readonly predicate: Predicate;

  /** `variables` are what `$expr` may refer to as `$$name`. */
  constructor(
    readonly filter: Doc,
    variables: Doc = {},
  ) {
    this.predicate = compile(filter, variables);
  }

  matches(doc: Doc): boolean {
    return this.predicate(doc);
  }
}

function compile(filter: Doc, variables: Doc = {}): Predicate {
  const all = Object.entries(filter).map(([name, value]) =>
    name.startsWith('$') ? logical(name, value, variables) : field(name, value),
  );
  if (all.length === 1) return all[0]!;
  return (doc) => all.every((predicate) => predicate(doc));
}

function logical(name: string, value: unknown, variables: Doc): Predicate {
  switch (name) {
    case '$and': {
      const clauses = clausesOf(name, value, variables);
      return (doc) => clauses.every((clause) => clause(doc));
    }
    case '$or': {
      const clauses = clausesOf(name, value, variables);
      return (doc) => clauses.some((clause) => clause(doc));
    }
    case '$nor': {
      const clauses = clausesOf(name, value, variables);
      return (doc) => !clauses.some((clause) => clause(doc));
    }
    case '$expr':
      return expressionPredicate(value, variables);
    case '$comment':
      return () => true;
    case '$alwaysTrue':
      return () => true;
    case '$alwaysFalse':
      return () => false;
    case '$where':
    case '$text':
    case '$jsonSchema':
      throw new MongoError(238, `${name} is not supported by the embedded database`);
    default:
      throw new MongoError(
        2,
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function clausesOf(name: string, value: unknown, variables: Doc): Predicate[] {
  if (!Array.isArray(value)) throw new MongoError(2, `${name} argument must be an array`);
  if (value.length === 0) throw new MongoError(2, '$and/$or/$nor must be a nonempty array');
  return value.map((clause: unknown) => {
    if (!isPlainObject(clause)) throw new MongoError(2, '$or/$and/$nor entries need to be full objects');
    return compile(clause, variables);
  });
}

function field(path: string, condition: unknown): Predicate {
  const steps = path.split('.');
  const test = leafPredicate(condition);
  if (steps.length === 1) return (doc) => test([Object.hasOwn(doc, path) ? doc[path] : undefined]);
  return (doc) => test(lookup(doc, steps));
}

/** True for `{ $gt: 1 }` and its like, false for a document to compare with. */
export function isOperatorDocument(value: unknown): value is Doc {
  if (!isPlainObject(value)) return false;
  const first = Object.keys(value)[0];
  // A reference to another document is a value.
  return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}

/** All conditions on one path; also the language of $not, $elemMatch and $pull. */
export function leafPredicate(condition: unknown): LeafPredicate {
  if (!isOperatorDocument(condition)) {
    const operator = condition instanceof BSONRegExp || condition instanceof RegExp ? '$regex' : '$eq';
    return fieldPredicate(operator, condition, {}, nested);
  }
  const tests = Object.entries(condition)
    .filter(([operator]) => operator !== '$options' || !('$regex' in condition))
    .map(([operator, operand]) => fieldPredicate(operator, operand, condition, nested));
  return (leaves) => tests.every((test) => test(leaves));
}

const nested = { leafPredicate, compile, isOperatorDocument };
export type Nested = typeof nested;
