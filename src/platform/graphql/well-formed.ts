/** The message for clients that sent a malformed text. */
export const UNPAIRED_SURROGATE =
  'The request has half of a surrogate pair (such as "\\ud800") in a text: send whole characters.';

/**
 * Whether every string in a JSON value, including keys, can be encoded as UTF-8. JSON's escapes can represent half of a
 * surrogate pair, which no database, log or file name accepts unchanged. Works without recursion, because the client
 * decides the depth.
 */
export function isWellFormed(value: unknown): boolean {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string' && !hasWholeCharacters(next)) return false;
    if (typeof next !== 'object' || next === null) continue;
    // Only JSON values: an upload among the variables is an instance of a class.
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
