import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import fc from 'fast-check';
import { compareValues } from './compare.js';
import { isNumber } from './numbers.js';
import { valueKey } from './value-key.js';

/** MongoDB's comparison order of BSON types, as its manual lists them. */
const RANKED: readonly (readonly unknown[])[] = [
  [new MinKey()],
  [null],
  [new Double(NaN)],
  [new Double(-Infinity)],
  [new Int32(-1), Long.fromNumber(-1), new Double(-1), Decimal128.fromString('-1.0')],
  [new Int32(0), new Double(-0), Decimal128.fromString('-0E-3')],
  [Decimal128.fromString('0.1')],
  [new Double(0.1)],
  [new Double(9007199254740992), Long.fromString('9007199254740992')],
  [Long.fromString('9007199254740993')],
  [new Double(Number.MAX_VALUE)],
  [Decimal128.fromString('1E+400')],
  [new Double(Infinity), Decimal128.fromString('Infinity')],
  ['', new BSONSymbol('')],
  ['a', new BSONSymbol('a')],
  ['a\u0000'],
  ['a\u0001'],
  ['aa'],
  ['é'],
  ['\uffff'],
  ['😀'],
  [{}],
  [{ a: 1 }],
  [{ a: 1, b: 0 }],
  [{ a: 2 }],
  [{ b: 0 }],
  [{ a: 'x' }],
  [[]],
  [[1]],
  [[1, 0]],
  [[2]],
  [['x']],
  [new Binary(Buffer.from([9]), 0)],
  [new Binary(Buffer.from([1]), 5)],
  [new Binary(Buffer.from([0, 0]), 0)],
  [new ObjectId('0'.repeat(24))],
  [new ObjectId('f'.repeat(24))],
  [false],
  [true],
  [new Date(-1)],
  [new Date(0)],
  [new Timestamp({ t: 1, i: 2 })],
  [new Timestamp({ t: 2, i: 1 })],
  [new BSONRegExp('a')],
  [new BSONRegExp('a', 'i')],
  [new BSONRegExp('b')],
  [new Code('a')],
  [new MaxKey()],
];

const number = fc.oneof(
  fc.maxSafeInteger().map((value) => Long.fromNumber(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.integer().map((value) => new Int32(value)),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 })
    .map((value) => new Double(value)),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -60, max: 20 }))
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
);
const scalar = fc.oneof(
  number,
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => `${text}\u0000${text}`),
  fc.constantFrom(null, true, false),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc
    .tuple(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(0, 5))
    .map(([bytes, type]) => new Binary(bytes, type)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'ab'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** The exact value of a finite number as numerator and positive denominator. */
function ratio(exact: unknown): [numerator: bigint, denominator: bigint] {
  if (exact instanceof Long) return [exact.toBigInt(), 1n];
  if (exact instanceof Decimal128) {
    const [, sign, whole, decimals = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(exact.toString()) ?? [];
    const power = Number(exponent) - decimals.length;
    const digits = BigInt(`${sign}${whole}${decimals}`);
    return power >= 0 ? [digits * 10n ** BigInt(power), 1n] : [digits, 10n ** BigInt(-power)];
  }
  let double = Number(exact);
  let denominator = 1n;
  for (; !Number.isInteger(double); denominator *= 2n) double *= 2;
  return [BigInt(double), denominator];
}

/** The order of two numbers by exact arithmetic, independently of their keys. */
function compareExactly(a: unknown, b: unknown): number {
  const [n, d] = ratio(a);
  const [m, e] = ratio(b);
  const difference = n * e - m * d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const keyOrder = (a: unknown, b: unknown): number => Buffer.compare(valueKey(a), valueKey(b));

describe('value keys', () => {
  it("order one value of every type, and values within a type, as MongoDB's comparison order does", () => {
    const ranked = RANKED.flatMap((equal, rank) => equal.map((one) => ({ one, rank })));
    for (const left of ranked) {
      for (const right of ranked) {
        const expected = Math.sign(left.rank - right.rank);
        expect([left.one, right.one, keyOrder(left.one, right.one)]).toEqual([left.one, right.one, expected]);
        expect(Math.sign(compareValues(left.one, right.one))).toBe(expected);
      }
    }
  });

  it('order numbers of all four types by their exact value', () => {
    fc.assert(
      fc.property(number, number, (a, b) => expect(keyOrder(a, b)).toBe(compareExactly(a, b))),
      { numRuns: 3000 },
    );
  });

  it('order neighbouring decimals of 34 digits that share their nearest double', () => {
    const digits = '1234567890123456789012345678901234';
    const next = `${digits.slice(0, -1)}5`;
    for (const exponent of [-40, -5, 0, 7]) {
      const [low, high] = [digits, next].map((text) => Decimal128.fromString(`${text}E${exponent}`));
      expect(keyOrder(low, high)).toBe(-1);
    }
  });

  it('order strings by their UTF-8 bytes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\0', 'a', '\u00ff') }),
    );
    fc.assert(
      fc.property(text, text, (a, b) =>
        expect(keyOrder(a, b)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      ),
    );
  });

  it('order arrays by their first different element, and a shorter array first', () => {
    const items = fc.array(scalar, { maxLength: 4 });
    fc.assert(
      fc.property(items, items, (a, b) => {
        const at = a.findIndex((item, i) => i < b.length && keyOrder(item, b[i]) !== 0);
        expect(keyOrder(a, b)).toBe(at === -1 ? Math.sign(a.length - b.length) : keyOrder(a[at], b[at]));
      }),
    );
  });

  it('order any two values as compareValues does, and no key is the beginning of another', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(keyOrder(a, b)).toBe(Math.sign(compareValues(a, b)));
        const [left, right] = [valueKey(a), valueKey(b)];
        if (!left.equals(right)) expect(left.subarray(0, right.length).equals(right)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('of compound values order by the first field, whatever follows', () => {
    const pair = fc.tuple(value, value);
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const joined = (values: unknown[]): Buffer => Buffer.concat(values.map(valueKey));
        expect(Buffer.compare(joined(a), joined(b))).toBe(keyOrder(a[0], b[0]) || keyOrder(a[1], b[1]));
      }),
    );
  });

  it('the generated numbers contain numbers of all types', () => {
    const seen = new Set(fc.sample(number, 200).map((one) => one.constructor.name));
    expect([...seen].sort()).toEqual(['Decimal128', 'Double', 'Int32', 'Long']);
    expect(fc.sample(number, 50).every(isNumber)).toBe(true);
  });
});
