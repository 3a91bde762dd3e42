import { BSONRegExp, BSONSymbol } from 'bson';
import { equalValues } from '../bson/compare.js';
import { MongoError } from '../mongo-error.js';

/** Builds a regular expression from any of the forms a filter may use. */
export function regexOf(operand: unknown, options: unknown): RegExp {
  let pattern: string;
  let flags = '';
  if (operand instanceof BSONRegExp) ({ pattern, options: flags } = operand);
  else if (operand instanceof RegExp) ({ source: pattern, flags } = operand);
  else if (typeof operand === 'string') pattern = operand;
  else throw new MongoError(2, '$regex has to be a string');
  if (typeof options === 'string') flags = options;
  if (/[^imsux]/.test(flags)) throw new MongoError(51108, `invalid flag in regex options: ${flags}`);
  // PCRE's extended syntax only adds white space and comments.
  if (flags.includes('x'))
    pattern = pattern.replace(/\\.|\[(?:\\.|[^\]])*\]|\s+|#.*$/gm, (part) =>
      /^[\s#]/.test(part) ? '' : part,
    );
  const inline = /^\(\?([imsx]+)\)/.exec(pattern);
  if (inline) {
    pattern = pattern.slice(inline[0].length);
    flags += inline[1];
  }
  try {
    return new RegExp(pattern, [...new Set(flags.replace(/[xu]/g, ''))].join(''));
  } catch (error) {
    throw new MongoError(51091, `Regular expression is invalid: ${(error as Error).message}`);
  }
}

/** Matches strings, and the same expression stored as a value. */
export function regexTest(operand: unknown, options: unknown): (value: unknown) => boolean {
  const regex = regexOf(operand, options);
  const stored = new BSONRegExp(regex.source, regex.flags);
  return (value) => {
    if (typeof value === 'string') return regex.test(value);
    if (value instanceof BSONSymbol) return regex.test(value.value);
    return (value instanceof BSONRegExp || value instanceof RegExp) && equalValues(value, stored);
  };
}

/** The literal text every match starts with, if the expression is anchored and case-sensitive. */
export function literalPrefix(regex: RegExp): string | undefined {
  if (/[im]/.test(regex.flags) || !regex.source.startsWith('^')) return undefined;
  // An alternative may start differently.
  if (/(^|[^\\])\|/.test(regex.source)) return undefined;
  const literal = /^\^((?:[^\\^$.*+?()[\]{}|]|\\[^\w\s])+)/.exec(regex.source);
  if (!literal) return undefined;
  let text = literal[1]!;
  const next = regex.source[literal[0].length];
  // The last character before a quantifier may be absent.
  if (next !== undefined && '*?{'.includes(next)) text = text.replace(/(\\.|[^\\])$/su, '');
  return text === '' ? undefined : text.replace(/\\(.)/gs, '$1');
}
