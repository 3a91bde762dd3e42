/** What is said to whoever sent a text that is not. */
export const UNPAIRED_SURROGATE =
  'The request has half of a surrogate pair (such as "\\ud800") in a text: send whole characters.';

/**
 * Whether every string in a JSON value, its keys included, is text that UTF-8 can carry. JSON's escapes can spell half
 * of a surrogate pair, which no database, log or file name takes as it is. Walks without recursion: depth is the
 * client's choice.
 */
export function isWellFormed(value: unknown): boolean {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string' && !hasWholeCharacters(next)) return false;
    if (typeof next !== 'object' || next === null) continue;
    // Only what JSON can hold: an upload among the variables is a class of its own.
    if (Array.isArray(next)) for (const item of next) pending.push(item);
    else if (Object.getPrototypeOf(next) === Object.prototype)
      for (const [key, item] of Object.entries(next)) pending.push(key, item);
  }
  return true;
}

/** `String.prototype.isWellFormed` of ES2024, which the compiler's library does not know yet. */
function hasWholeCharacters(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
