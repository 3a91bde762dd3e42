import { isPlainObject } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';

/**
 * Throws for an undefined variable before any document is read. Variables defined by operators such as `$map` are
 * accepted in the whole expression, so that no expression is refused that MongoDB accepts.
 */
export function assertDefined(expression: unknown, names: readonly string[]): void {
  const known = new Set(['this', 'value', ...names]);
  collectDefined(expression, known);
  const missing = usedIn(expression).find((name) => !known.has(name));
  if (missing !== undefined) throw new MongoError(17276, `Use of undefined variable: ${missing}`);
}

function collectDefined(expression: unknown, known: Set<string>): void {
  if (Array.isArray(expression)) expression.forEach((item) => collectDefined(item, known));
  if (!isPlainObject(expression)) return;
  for (const [name, operand] of Object.entries(expression)) {
    if (name === '$literal') continue;
    if (name === 'as' && typeof operand === 'string') known.add(operand);
    if (name === 'vars' && isPlainObject(operand))
      for (const variable of Object.keys(operand)) known.add(variable);
    collectDefined(operand, known);
  }
}

/** The names used as `$$name`, without MongoDB's own in capitals such as `$$ROOT`. */
function usedIn(expression: unknown): string[] {
  if (typeof expression === 'string') {
    const name = /^\$\$([^.]+)/.exec(expression)?.[1];
    return name === undefined || /^[A-Z]/.test(name) ? [] : [name];
  }
  if (Array.isArray(expression)) return expression.flatMap(usedIn);
  if (!isPlainObject(expression)) return [];
  return Object.entries(expression).flatMap(([name, operand]) =>
    name === '$literal' ? [] : usedIn(operand),
  );
}
