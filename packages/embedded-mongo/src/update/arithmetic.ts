import { Decimal128, Double, Int32, Long } from 'bson';
import { numberType, toNumber, type BsonNumber } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';

type Operation = 'add' | 'multiply';

/** A sum or product in the wider of the two types. An int overflow becomes a long; a long overflow throws. */
export function calculate(operation: Operation, a: BsonNumber, b: BsonNumber): BsonNumber {
  const types = new Set([numberType(a), numberType(b)]);
  if (types.has('decimal')) return decimal(operation, a, b);
  if (types.has('double')) {
    const [x, y] = [toNumber(a), toNumber(b)];
    return new Double(operation === 'add' ? x + y : x * y);
  }
  const [x, y] = [toBigInt(a), toBigInt(b)];
  const result = operation === 'add' ? x + y : x * y;
  if (!types.has('long') && result === BigInt.asIntN(32, result)) return new Int32(Number(result));
  if (result !== BigInt.asIntN(64, result)) {
    throw new MongoError(2, 'Failed to apply $inc operations to current value: integer overflow');
  }
  return Long.fromBigInt(result);
}

export function toBigInt(value: BsonNumber): bigint {
  if (value instanceof Long) return value.toBigInt();
  return BigInt(toNumber(value));
}

interface Scaled {
  readonly digits: bigint;
  readonly exponent: number;
}

function decimal(operation: Operation, a: BsonNumber, b: BsonNumber): Decimal128 {
  const [x, y] = [scaled(a), scaled(b)];
  if (!x || !y)
    return Decimal128.fromString(
      operation === 'add' ? String(toNumber(a) + toNumber(b)) : String(toNumber(a) * toNumber(b)),
    );
  if (operation === 'multiply')
    return toDecimal({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent });
  const exponent = Math.min(x.exponent, y.exponent);
  if (Math.max(x.exponent, y.exponent) - exponent > 200) return toDecimal(x.exponent > y.exponent ? x : y);
  const at = ({ digits, exponent: own }: Scaled): bigint => digits * 10n ** BigInt(own - exponent);
  return toDecimal({ digits: at(x) + at(y), exponent });
}

const toDecimal = ({ digits, exponent }: Scaled): Decimal128 =>
  Decimal128.fromStringWithRounding(`${digits}E${exponent}`);

function scaled(value: BsonNumber): Scaled | undefined {
  const text = value instanceof Long ? value.toString() : String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const [, sign, whole, decimals = '', exponent = '0'] = match;
  return { digits: BigInt(`${sign}${whole}${decimals}`), exponent: Number(exponent) - decimals.length };
}
