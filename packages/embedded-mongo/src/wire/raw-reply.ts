import type { Long } from 'bson';

/** A reply that is already encoded as BSON. */
export class RawReply {
  constructor(readonly bytes: Buffer) {}
}

/** Encodes `{ cursor: { firstBatch | nextBatch: [...], id, ns }, ok: 1 }` around already encoded documents. */
export function cursorReply(
  batchName: 'firstBatch' | 'nextBatch',
  batch: readonly Uint8Array[],
  id: Long,
  namespace: string,
): RawReply {
  const elements: Uint8Array[] = [];
  batch.forEach((bytes, i) => elements.push(element(0x03, String(i)), bytes));
  const ns = Buffer.from(`${namespace}\0`);
  const nsLength = Buffer.alloc(4);
  nsLength.writeInt32LE(ns.length);
  const cursor = document([
    element(0x04, batchName),
    document(elements),
    element(0x12, 'id'),
    Buffer.from(id.toBytesLE()),
    element(0x02, 'ns'),
    nsLength,
    ns,
  ]);
  const one = Buffer.alloc(8);
  one.writeDoubleLE(1);
  return new RawReply(document([element(0x03, 'cursor'), cursor, element(0x01, 'ok'), one]));
}

const element = (type: number, name: string): Buffer =>
  Buffer.from(`${String.fromCharCode(type)}${name}\0`, 'latin1');

function document(parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 5);
  const head = Buffer.alloc(4);
  head.writeInt32LE(length);
  return Buffer.concat([head, ...parts, Buffer.of(0)], length);
}
