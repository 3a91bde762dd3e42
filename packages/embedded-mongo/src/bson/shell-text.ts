import type { Doc } from './codec.js';

/** A value in the format of MongoDB's error messages. */
export function shellText(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (Array.isArray(value)) return `[ ${value.map(shellText).join(', ')} ]`;
  const bson = value as { _bsontype?: string; toString(): string };
  if (bson._bsontype === 'ObjectId') return `ObjectId('${bson.toString()}')`;
  if (bson._bsontype === 'Double' && Number.isInteger(Number(bson))) return `${String(bson)}.0`;
  if (bson._bsontype) return String(bson);
  const fields = Object.entries(value as Doc).map(([name, field]) => `${name}: ${shellText(field)}`);
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}';
}
