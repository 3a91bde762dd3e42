import { MongoError } from '../mongo-error.js';
import { frame, OpCode } from './frame-reader.js';

/** The legacy message that drivers still use for the first hello, on `admin.$cmd`. */
export function parseQuery(bytes: Buffer): { database: string; body: Buffer } {
  const nameEnd = bytes.indexOf(0, 4);
  if (nameEnd === -1 || nameEnd + 13 > bytes.length) throw new MongoError(17, 'Invalid OP_QUERY');
  const [database = '', ...rest] = bytes.toString('utf8', 4, nameEnd).split('.');
  if (rest.join('.') !== '$cmd') {
    throw new MongoError(
      352,
      'Unsupported OP_QUERY command: find. The client driver may require an upgrade.',
    );
  }
  const at = nameEnd + 9;
  const length = at + 4 <= bytes.length ? bytes.readInt32LE(at) : -1;
  if (length < 5 || at + length > bytes.length) throw new MongoError(17, 'Invalid OP_QUERY document');
  return { database, body: bytes.subarray(at, at + length) };
}

export function replyFrame(responseTo: number, document: Uint8Array): Buffer {
  // responseFlags (8: awaitCapable), cursorId, startingFrom, numberReturned
  const head = Buffer.alloc(20);
  head.writeInt32LE(8, 0);
  head.writeInt32LE(1, 16);
  return frame(OpCode.reply, responseTo, [head, document]);
}
