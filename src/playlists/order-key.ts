/**
 * Places in a list as strings: between any two there is room for another, so one entry can be put anywhere by writing
 * that entry alone. A key is eight digits of base 62 (whole steps, for the ends of the list) and then a fraction for
 * places in between. Keys compare byte by byte. Steps are random, so that two editors seldom choose the same key.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;
const WHOLE = 8;
const LIMIT = BASE ** WHOLE;
const STEP = 1024;

/** Longer than this no key may get: the index has room for more, but a reader's cursor should stay a line. */
export const MAX_KEY_LENGTH = 200;

export const ORDER_KEY = new RegExp(`^[0-9A-Za-z]{${WHOLE},${MAX_KEY_LENGTH}}$`);

export type Random = () => number;

/** A key greater than `before` and less than `after`; null is the end of the list on that side. */
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
  // Every key is greater than its own whole part, or equal: one step below that is below the key.
  if (before === null) return digits(wholeOf(after) - step);
  const [low, high] = [wholeOf(before), wholeOf(after)];
  if (high - low >= 2) return digits(low + 1 + Math.floor(random() * (high - low - 1)));
  return digits(low) + fractionBetween(before.slice(WHOLE), low === high ? after.slice(WHOLE) : null, random);
}

/** `count` keys in order, spread so that none grows more than it must. */
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

/** Digits of a fraction between two others, neither ending in "0"; an upper bound of null is 1. */
function fractionBetween(low: string, high: string | null, random: Random): string {
  if (high !== null) {
    let same = 0;
    while ((low[same] ?? '0') === high[same]) same++;
    if (same > 0) return high.slice(0, same) + fractionBetween(low.slice(same), high.slice(same), random);
  }
  const from = low ? DIGITS.indexOf(low[0]!) : 0;
  const to = high === null ? BASE : DIGITS.indexOf(high[0]!);
  const room = to - from - 1;
  // From the middle half, so that neither side is used up by bad luck.
  if (room > 0) return DIGITS[from + 1 + Math.floor(room / 4 + (random() * room) / 2)]!;
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
