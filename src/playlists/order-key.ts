/**
 * Positions in a list as strings. Between any two keys there is another, so an entry can be moved anywhere by writing
 * that entry alone. A key is a whole number of eight digits of base 62 (used at the ends of the list) followed by a
 * fraction (used in between). Keys are compared byte by byte. Steps are random, so that two concurrent editors rarely
 * choose the same key.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;
const WHOLE = 8;
const LIMIT = BASE ** WHOLE;
const STEP = 1024;

/** Maximum length of a key. The index would allow more, but keys are also sent to clients as cursors. */
export const MAX_KEY_LENGTH = 200;

export const ORDER_KEY = new RegExp(`^[0-9A-Za-z]{${WHOLE},${MAX_KEY_LENGTH}}$`);

export type Random = () => number;

/** Returns a key greater than `before` and less than `after`; null stands for the end of the list on that side. */
export function keyBetween(
  before: string | null,
  after: string | null,
  random: Random = Math.random,
): string {
  if (before !== null && after !== null && before >= after)
    throw new RangeError(`no place between ${before} and ${after}`);
  const step = 1 + Math.floor(random() * STEP);
  if (before === null && after === null) return digits(LIMIT / 2);
  if (after === null) return digits(wholeOf(before!) + step);
  // Every key is at least its own whole part, so one step below the whole part is below the key.
  if (before === null) return digits(wholeOf(after) - step);
  const [low, high] = [wholeOf(before), wholeOf(after)];
  if (high - low >= 2) return digits(low + 1 + Math.floor(random() * (high - low - 1)));
  return digits(low) + fractionBetween(before.slice(WHOLE), low === high ? after.slice(WHOLE) : null, random);
}

/** Returns `count` keys in order, spread out so that they stay as short as possible. */
export function keysBetween(
  before: string | null,
  after: string | null,
  count: number,
  random: Random = Math.random,
): string[] {
  if (count === 0) return [];
  if (after === null) {
    const keys: string[] = [];
    for (let last = before; keys.length < count; keys.push(last)) last = keyBetween(last, null, random);
    return keys;
  }
  const half = Math.floor(count / 2);
  const middle = keyBetween(before, after, random);
  return [
    ...keysBetween(before, middle, half, random),
    middle,
    ...keysBetween(middle, after, count - half - 1, random),
  ];
}

/** Returns the digits of a fraction between two others, which must not end in "0"; a `high` of null stands for 1. */
function fractionBetween(low: string, high: string | null, random: Random): string {
  if (high !== null) {
    let same = 0;
    while ((low[same] ?? '0') === high[same]) same++;
    if (same > 0) return high.slice(0, same) + fractionBetween(low.slice(same), high.slice(same), random);
  }
  const from = low ? DIGITS.indexOf(low[0]!) : 0;
  const to = high === null ? BASE : DIGITS.indexOf(high[0]!);
  const free = to - from - 1;
  // The digit comes from the middle half, so that an unlucky choice does not use up one side.
  if (free > 0) return DIGITS[from + 1 + Math.floor(free / 4 + (random() * free) / 2)]!;
  if (high !== null && high.length > 1) return high[0]!;
  return DIGITS[from]! + fractionBetween(low.slice(1), null, random);
}

function wholeOf(key: string): number {
  let value = 0;
  for (let i = 0; i < WHOLE; i++) value = value * BASE + DIGITS.indexOf(key[i]!);
  return value;
}

function digits(value: number): string {
  if (value < 0 || value >= LIMIT) throw new RangeError('the list has come to the end of its keys');
  let text = '';
  for (let i = 0, rest = value; i < WHOLE; i++, rest = Math.floor(rest / BASE))
    text = DIGITS[rest % BASE]! + text;
  return text;
}
