import { Decimal128, Long } from 'bson';
import { toNumber, type BsonNumber } from './numbers.js';

const BELOW = 0x01;
const EXACT = 0x02;
const ABOVE = 0x03;
const scratch = Buffer.alloc(8);

/** One order for all four number types: the nearest double, then what the double could not say. */
export function numberKey(value: BsonNumber): Buffer {
  if (value instanceof Long) return integerKey(value.toBigInt());
  if (typeof value === 'bigint') return integerKey(value);
  if (value instanceof Decimal128) return decimalKey(value);
  const key = Buffer.allocUnsafe(9);
  doubleKey(toNumber(value)).copy(key);
  key[8] = EXACT;
  return key;
}

function doubleKey(value: number): Buffer {
  if (Number.isNaN(value)) return scratch.fill(0);
  scratch.writeDoubleBE(value === 0 ? 0 : value);
  // Negative doubles order backwards as bytes, positive ones forwards: flip all bits or only the sign.
  if (scratch[0]! & 0x80) for (let i = 0; i < 8; i++) scratch[i] = ~scratch[i]! & 0xff;
  else scratch[0]! |= 0x80;
  return scratch;
}

function integerKey(value: bigint): Buffer {
  const nearest = Number(value);
  return withRemainder(nearest, value - BigInt(nearest), 1n);
}

/** `numerator / denominator` is the exact difference between the number and its nearest double. */
function withRemainder(nearest: number, numerator: bigint, denominator: bigint): Buffer {
  const head = doubleKey(nearest);
  if (numerator === 0n) return Buffer.concat([head, Buffer.of(EXACT)]);
  const key = Buffer.alloc(17);
  head.copy(key);
  key[8] = numerator < 0n ? BELOW : ABOVE;
  key.writeBigUInt64BE(fraction(nearest, numerator, denominator), 9);
  return key;
}

/** The remainder in 2^-63ths of the gap between neighbouring doubles, so that 34-digit decimals stay apart. */
function fraction(nearest: number, numerator: bigint, denominator: bigint): bigint {
  const gapExponent = Math.max(Math.floor(Math.log2(Math.abs(nearest) || Number.MIN_VALUE)), -1022) - 52;
  const shift = BigInt(62 - gapExponent);
  const scaled = shift >= 0n ? (numerator << shift) / denominator : numerator / (denominator << -shift);
  const limited = scaled > 0x7fffffffffffffffn ? 0x7fffffffffffffffn : scaled;
  return limited < -0x7fffffffffffffffn ? 1n : limited + 0x8000000000000000n;
}

function decimalKey(value: Decimal128): Buffer {
  const text = value.toString();
  const nearest = Number(text);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(text);
  if (!match) return numberKey(nearest);
  const [, sign, whole = '', decimals = '', exponent = '0'] = match;
  const coefficient = BigInt(`${sign}${whole}${decimals}`);
  const power = Number(exponent) - decimals.length;
  if (coefficient === 0n) return numberKey(0);
  if (!Number.isFinite(nearest)) return beyondDoubles(nearest, power + whole.length + decimals.length);
  const [mantissa, twos] = doubleAsRatio(nearest);
  const tens = 10n ** BigInt(Math.abs(power));
  const left = power >= 0 ? coefficient * tens : coefficient;
  const denominator = power >= 0 ? 1n : tens;
  const numerator = left * twos - mantissa * denominator;
  return withRemainder(nearest, numerator, denominator * twos);
}

function doubleAsRatio(value: number): [mantissa: bigint, denominator: bigint] {
  let exponent = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  return [BigInt(mantissa), 1n << BigInt(exponent)];
}

/** Decimals larger than any double: after the largest double, before infinity, by magnitude. */
function beyondDoubles(infinity: number, digits: number): Buffer {
  const key = Buffer.alloc(17);
  doubleKey(infinity > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE).copy(key);
  key[8] = infinity > 0 ? ABOVE : BELOW;
  const magnitude = BigInt(Math.min(digits, 0xffff)) << 47n;
  key.writeBigUInt64BE(infinity > 0 ? 0x8000000000000000n + magnitude : 0x8000000000000000n - magnitude, 9);
  return key;
}
