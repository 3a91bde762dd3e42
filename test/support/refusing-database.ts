import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import mongoose from 'mongoose';
import { mongoFrames, type WireCommand } from './wire-commands.js';

/** The error with which MongoDB refuses a command. */
export interface Refusal {
  code: number;
  codeName: string;
  errmsg: string;
}

const { BSON } = mongoose.mongo;
/** OP_MSG, the only message type since MongoDB 5.1 (MongoDB Wire Protocol). */
const OP_MSG = 2013;

/** A proxy before a database that refuses chosen commands as MongoDB itself would; all other commands pass. */
export class RefusingDatabase {
  private refusal: Refusal | null = null;
  private which: (command: WireCommand) => boolean = () => false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(uri: string): Promise<RefusingDatabase> {
    const { port, hostname } = new URL(uri);
    const server = createServer((client) => proxy.accept(client, connect(Number(port), hostname)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const own = new URL(uri);
    own.port = String((server.address() as AddressInfo).port);
    const proxy = new RefusingDatabase(server, own.href);
    return proxy;
  }

  refuse(which: (command: WireCommand) => boolean, refusal: Refusal): void {
    this.which = which;
    this.refusal = refusal;
  }

  permit(): void {
    this.refusal = null;
  }

  /** Closes all connections, so that clients have to reconnect. */
  endConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.endConnections();
    this.server.close();
  }

  private accept(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    server.pipe(client);
    let unread: Buffer = Buffer.alloc(0);
    client.on('data', (bytes: Buffer) => {
      const { frames, rest } = mongoFrames(Buffer.concat([unread, bytes]));
      unread = rest;
      for (const { bytes: frame, command } of frames) {
        if (this.refusal && command && this.which(command)) client.write(answerTo(frame, this.refusal));
        else server.write(frame);
      }
    });
  }
}

function answerTo(request: Buffer, refusal: Refusal): Buffer {
  const body = BSON.serialize({ ok: 0, ...refusal });
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8); // responseTo
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]); // no flags, one section of kind 0
}
