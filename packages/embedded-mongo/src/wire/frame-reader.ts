/** The largest message MongoDB accepts. */
export const MAX_MESSAGE_BYTES = 48_000_000;
export const HEADER_BYTES = 16;

export const OpCode = { reply: 1, query: 2004, compressed: 2012, message: 2013 } as const;

export interface Frame {
  readonly requestId: number;
  readonly opCode: number;
  readonly body: Buffer;
}

/** The bytes are not a message; the connection must be closed. */
export class FrameError extends Error {}

/** Splits a byte stream into messages. Chunks are joined only when a message is complete. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private buffered = 0;
  private wanted = HEADER_BYTES;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
  }

  /** The next complete message, or undefined if more bytes are needed. */
  next(): Frame | undefined {
    if (this.buffered < this.wanted) return undefined;
    const bytes = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    const length = bytes.readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new FrameError(`message length ${length}`);
    if (bytes.length < length) {
      this.wanted = length;
      return undefined;
    }
    const rest = bytes.subarray(length);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.buffered = rest.length;
    this.wanted = HEADER_BYTES;
    return {
      requestId: bytes.readInt32LE(4),
      opCode: bytes.readInt32LE(12),
      body: bytes.subarray(HEADER_BYTES, length),
    };
  }
}

let lastRequestId = 0;

/** A message in reply to request `responseTo`. */
export function frame(opCode: number, responseTo: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  const header = Buffer.alloc(HEADER_BYTES);
  lastRequestId = (lastRequestId + 1) & 0x7fffffff;
  header.writeInt32LE(length, 0);
  header.writeInt32LE(lastRequestId, 4);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, ...parts], length);
}
