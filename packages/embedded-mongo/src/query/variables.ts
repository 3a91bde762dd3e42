import { isPlainObject, type Doc } from '../bson/codec.js';
import { plain } from '../bson/plain.js';
import { MongoError } from '../mongo-error.js';
import { compileExpression } from './expression.js';

/**
 * Computes the variables of a command's `let`. They are constants, computed before any document is read. A variable may
 * use the ones before it.
 */
export function letVariables(spec: Doc): Doc {
  const variables: Doc = {};
  for (const [name, expression] of Object.entries(spec)) {
    assertName(name);
    assertConstant(expression);
    variables[name] = compileExpression(plain(expression), variables)({}) ?? null;
  }
  return variables;
}

/** Throws for names that MongoDB reserves or does not accept. */
export function assertName(name: string): void {
  if (name === '') throw new MongoError(9, 'empty variable names are not allowed');
  if (!/^[a-z\u0080-\uffff]/.test(name))
    throw new MongoError(9, `'${name}' starts with an invalid character for a user variable name`);
  const wrong = /[^A-Za-z0-9_\u0080-\uffff]/.exec(name);
  if (wrong)
    throw new MongoError(9, `'${name}' contains an invalid character for a variable name: '${wrong[0]}'`);
}

function assertConstant(expression: unknown): void {
  if (typeof expression === 'string') {
    const readsDocument = /^\$(?!\$)|^\$\$(ROOT|CURRENT)\b/.test(expression);
    if (!readsDocument) return;
    throw new MongoError(
      4890500,
      'Command let Expression tried to access a field, but this is not allowed because Command let expressions run before the query examines any documents.',
    );
  }
  if (Array.isArray(expression)) return expression.forEach(assertConstant);
  if (!isPlainObject(expression)) return;
  for (const [name, operand] of Object.entries(expression)) if (name !== '$literal') assertConstant(operand);
}
