import mongoose from 'mongoose';

const { BSON } = mongoose.mongo;
const OP_MSG = 2013;
/** Bytes of header and flags; the sections follow. */
const SECTIONS_AT = 16 + 4;
const BODY_SECTION = 0;

/** One command of a connection: `update songs` of MongoDB, `SET key` of Redis. */
export interface WireCommand {
  /** The command's name as its protocol spells it; Redis's in lower case. */
  readonly name: string;
  /** The collection, or Redis's first argument; "-" when there is none. */
  readonly target: string;
  /** The whole command, as JSON or as words, for predicates that tell one update from another. */
  readonly text: string;
}

/** The update that publishes the generation of an attempt. */
export const isPublish = ({ name, target, text }: WireCommand): boolean =>
  ['update', 'findAndModify'].includes(name) && target === 'songs' && text.includes('publishedGeneration');

/** The write that acknowledges an upload. */
export const isSongInsert = ({ name, target }: WireCommand): boolean =>
  name === 'insert' && target === 'songs';

/** One whole message of a connection: its bytes and its command, null when no test could look for it. */
export interface Frame {
  readonly bytes: Buffer;
  readonly command: WireCommand | null;
}

/** Splits bytes into frames. `rest` is the beginning of a frame that has not arrived completely. */
export type Framing = (bytes: Buffer) => { frames: Frame[]; rest: Buffer };

/** Splits MongoDB messages, which begin with their length. */
export function mongoFrames(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let rest = bytes;
  while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
    const message = rest.subarray(0, rest.readInt32LE(0));
    frames.push({
      bytes: message,
      command: message.readInt32LE(12) === OP_MSG ? mongoCommand(message) : null,
    });
    rest = rest.subarray(message.length);
  }
  return { frames, rest };
}

/** A command's name is the first key of its body, and the collection is that key's value. */
function mongoCommand(message: Buffer): WireCommand | null {
  // The driver writes the body first; sequences of documents follow.
  if (message[SECTIONS_AT] !== BODY_SECTION) return null;
  const from = SECTIONS_AT + 1;
  const body = message.subarray(from, from + message.readInt32LE(from));
  const document = BSON.deserialize(body, { promoteBuffers: true });
  const [name = '', value] = Object.entries(document)[0] ?? [];
  const { lsid: _session, $db: _database, ...said } = document;
  const sequences = message.subarray(from + body.length).toString('latin1');
  return {
    name,
    target: typeof value === 'string' ? value : '-',
    get text() {
      return BSON.EJSON.stringify(said) + sequences;
    },
  };
}

/** Splits Redis requests in the form in which all client libraries send them: arrays of bulk strings. */
export function redisFrames(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let rest = bytes;
  for (;;) {
    const length = redisRequestLength(rest);
    if (length === null) return { frames, rest };
    const request = rest.subarray(0, length);
    frames.push({ bytes: request, command: redisCommand(request) });
    rest = rest.subarray(length);
  }
}

function redisRequestLength(bytes: Buffer): number | null {
  let at = bytes.indexOf('\r\n');
  if (at < 0) return null;
  const words = Number(bytes.toString('latin1', 1, at));
  at += 2;
  for (let i = 0; i < words; i++) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    at = lineEnd + 2 + Number(bytes.toString('latin1', at + 1, lineEnd)) + 2;
  }
  return at <= bytes.length ? at : null;
}

function redisCommand(request: Buffer): WireCommand {
  const words: string[] = [];
  let at = request.indexOf('\r\n') + 2;
  while (at < request.length) {
    const lineEnd = request.indexOf('\r\n', at);
    const length = Number(request.toString('latin1', at + 1, lineEnd));
    words.push(request.toString('utf8', lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  const [name = '', target = '-'] = words;
  return { name: name.toLowerCase(), target, text: words.join(' ') };
}
