import { MongoError } from '../mongo-error.js';
import { frame, OpCode } from './frame-reader.js';

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const KNOWN_REQUIRED_FLAGS = CHECKSUM_PRESENT | MORE_TO_COME;
const CHECKSUM_BYTES = 4;

/** A parsed OP_MSG: its body and its document sequences. */
export interface Message {
  readonly body: Buffer;
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
  /** True if the client expects no reply. */
  readonly silent: boolean;
}

export function parseMessage(bytes: Buffer): Message {
  if (bytes.length < 5) throw invalid('message too short');
  const flags = bytes.readUInt32LE(0);
  if ((flags & 0xffff & ~KNOWN_REQUIRED_FLAGS) !== 0) throw invalid('Message contains illegal flags value');
  const end = bytes.length - (flags & CHECKSUM_PRESENT ? CHECKSUM_BYTES : 0);
  let body: Buffer | undefined;
  const sequences = new Map<string, Buffer[]>();
  for (let at = 4; at < end;) {
    const kind = bytes[at++];
    if (kind === 0) {
      if (body) throw invalid('Multiple body sections in message');
      body = documentAt(bytes, at, end);
      at += body.length;
    } else if (kind === 1) {
      const section = sized(bytes, at, end);
      const [name, documents] = sequence(section);
      if (sequences.has(name)) throw invalid(`Duplicate document sequence: ${name}`);
      sequences.set(name, documents);
      at += section.length;
    } else throw invalid(`Unknown section kind ${kind}`);
  }
  if (!body) throw invalid('Message contains no body section');
  return { body, sequences, silent: (flags & MORE_TO_COME) !== 0 };
}

function sized(bytes: Buffer, at: number, end: number): Buffer {
  const length = at + 4 <= end ? bytes.readInt32LE(at) : -1;
  if (length < 5 || at + length > end) throw invalid('invalid section length');
  return bytes.subarray(at, at + length);
}

function documentAt(bytes: Buffer, at: number, end: number): Buffer {
  const document = sized(bytes, at, end);
  if (document[document.length - 1] !== 0) throw invalid('document is not terminated');
  return document;
}

function sequence(section: Buffer): [name: string, documents: Buffer[]] {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd === -1) throw invalid('document sequence without a name');
  const documents: Buffer[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const document = documentAt(section, at, section.length);
    documents.push(document);
    at += document.length;
  }
  return [section.toString('utf8', 4, nameEnd), documents];
}

const invalid = (reason: string): MongoError => new MongoError(17, `Invalid OP_MSG: ${reason}`);

/** A reply: flags and one body section. */
export function messageFrame(responseTo: number, document: Uint8Array): Buffer {
  return frame(OpCode.message, responseTo, [Buffer.alloc(5), document]);
}
