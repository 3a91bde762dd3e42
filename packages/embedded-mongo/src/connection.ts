import { once } from 'node:events';
import type { Socket } from 'node:net';
import { decodeTyped, encode, type Doc } from './bson/codec.js';
import type { CommandTable } from './commands/command-table.js';
import { asMongoError, MongoError } from './mongo-error.js';
import { RawReply } from './wire/raw-reply.js';
import { FrameError, FrameReader, OpCode, type Frame } from './wire/frame-reader.js';
import { messageFrame, parseMessage } from './wire/op-msg.js';
import { parseQuery, replyFrame } from './wire/op-query.js';

const NONE: ReadonlyMap<string, readonly Buffer[]> = new Map();
const HELLO = /^(hello|ismaster)$/i;

/** One client connection. Requests are answered in order; reading pauses while the client does not read replies. */
export class Connection {
  private readonly reader = new FrameReader();
  busy = false;

  constructor(
    private readonly socket: Socket,
    readonly id: number,
    private readonly commands: CommandTable,
  ) {
    socket.setNoDelay(true);
  }

  /** Serves until the client disconnects or sends an invalid frame. */
  async serve(): Promise<void> {
    try {
      for await (const chunk of this.socket as AsyncIterable<Buffer>) {
        this.reader.push(chunk);
        for (let next = this.reader.next(); next; next = this.reader.next()) await this.answer(next);
      }
    } catch {
      // An invalid frame or a network error ends this connection only.
    } finally {
      this.socket.destroy();
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private async answer(request: Frame): Promise<void> {
    this.busy = true;
    try {
      const bytes = await this.reply(request);
      if (bytes && !this.socket.write(bytes) && !this.socket.destroyed) await this.drained();
    } finally {
      this.busy = false;
    }
  }

  private async drained(): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([
      once(this.socket, 'drain', { signal }),
      once(this.socket, 'close', { signal }),
    ]).finally(() => over.abort());
  }

  private async reply({ opCode, requestId, body }: Frame): Promise<Buffer | undefined> {
    if (opCode === OpCode.query) return replyFrame(requestId, await this.outcome(() => this.legacy(body)));
    if (opCode !== OpCode.message) throw new FrameError(`unsupported opcode ${opCode}`);
    let silent = false;
    const result = await this.outcome(() => {
      const message = parseMessage(body);
      silent = message.silent;
      return this.commands.run({
        body: decodeTyped(message.body),
        sequences: message.sequences,
        connection: this.id,
      });
    });
    return silent ? undefined : messageFrame(requestId, result);
  }

  private legacy(bytes: Buffer): Promise<Doc | RawReply> {
    const { database, body } = parseQuery(bytes);
    const command = decodeTyped(body);
    const name = Object.keys(command)[0] ?? '';
    if (!HELLO.test(name)) {
      throw new MongoError(
        352,
        `Unsupported OP_QUERY command: ${name}. The client driver may require an upgrade.`,
      );
    }
    const request = {
      body: { ...command, $db: database },

      sequences: NONE,
      connection: this.id,
    };
    return this.commands.run(request);
  }

  /** The reply of a command as BSON, or its error in MongoDB's format. */
  private async outcome(run: () => Promise<Doc | RawReply>): Promise<Uint8Array> {
    try {
      const result = await run();
      return result instanceof RawReply ? result.bytes : encode(result);
    } catch (error) {
      const { code, codeName, message, details } = asMongoError(error);
      return encode({ ok: 0, errmsg: message, code, codeName, ...details });
    }
  }
}
